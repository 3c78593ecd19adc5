// SPDX-License-Identifier: Apache-2.0
// fault: nowait drops the barrier between two loops that share an array
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 128, bad = 0;
    int *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    for (int i = 0; i < n; i++)
        a[i] = b[i] = 0;
#pragma omp target map(tofrom : a[0 : n], b[0 : n])
#pragma omp parallel
    {
#pragma omp for nowait
        for (int i = 0; i < n; i++)
            a[i] = i % 3; // HERE
#pragma omp for
        for (int i = 0; i < n; i++)
            b[i] = 2 * a[n - 1 - i]; // HERE
    }
    for (int i = 0; i < n; i++)
        bad += b[i] < 0 || b[i] > 4;
    printf("bad %d\n", bad);
    free(a);
    free(b);
    return 0;
}
