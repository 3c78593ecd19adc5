// SPDX-License-Identifier: Apache-2.0
// fault: an iteration reads what the one two before it writes
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 180, bad = 0;
    long *f = malloc(n * sizeof *f);
    for (int i = 0; i < n; i++)
        f[i] = i;
#pragma omp target teams distribute parallel for map(tofrom : f[0 : n])
    for (int i = 2; i < n; i++) {
        long before = f[i - 2]; // HERE
        f[i] = before % 5 + 1;  // HERE
    }
    for (int i = 2; i < n; i++)
        bad += f[i] < 1 || f[i] > 5;
    printf("bad %d\n", bad);
    free(f);
    return 0;
}
