// SPDX-License-Identifier: Apache-2.0
// fault: after an odd number of swaps the update is for the older of the two buffers
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 40, steps = 3;
    double *a = malloc(n * sizeof *a), *b = calloc(n, sizeof *b), low = 1e9;
    for (int i = 0; i < n; i++)
        a[i] = 1.0 + i;
    double *now = a, *next = b;
#pragma omp target enter data map(to : a[0 : n], b[0 : n])
    for (int s = 0; s < steps; s++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            next[i] = now[i] + 1.0;
        double *swap = now;
        now = next;
        next = swap;
    }
#pragma omp target update from(a[0 : n])
    for (int i = 0; i < n; i++)
        low = now[i] < low ? now[i] : low; // HERE
#pragma omp target exit data map(release : a[0 : n], b[0 : n])
    printf("%s\n", low < 100 ? "in range" : "out of range");
    free(a);
    free(b);
    return 0;
}
