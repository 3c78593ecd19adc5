// SPDX-License-Identifier: Apache-2.0
// fault: the first half is updated, the host reads the second
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 80, negative = 0;
    long *v = malloc(n * sizeof *v), sum = 0;
    for (int i = 0; i < n; i++)
        v[i] = i + 1;
#pragma omp target data map(tofrom : v[0 : n])
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            v[i] *= 3;
#pragma omp target update from(v[0 : n / 2])
        for (int i = n / 2; i < n; i++)
            negative += v[i] < 0; // HERE
    }
    for (int i = 0; i < n; i++)
        sum += v[i];
    printf("sum %ld, negative %d\n", sum, negative);
    free(v);
    return 0;
}
