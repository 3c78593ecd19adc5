// SPDX-License-Identifier: Apache-2.0
// fault: the host polls a flag of four bytes that only the device sets
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 64, overflow = 0, rounds = 0, *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target data map(tofrom : v[0 : n]) map(to : overflow)
    for (rounds = 0; rounds < 3; rounds++) {
#pragma omp target map(tofrom : overflow)
        for (int i = 0; i < n; i++) {
            v[i] += 7;
            if (v[i] > 60)
                overflow = 1;
        }
        if (overflow > 1) // HERE
            break;
    }
    printf("rounds %d\n", rounds);
    free(v);
    return 0;
}
