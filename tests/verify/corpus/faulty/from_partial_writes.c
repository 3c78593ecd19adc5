// SPDX-License-Identifier: Apache-2.0
// fault: map(from) brings back the two edges that no iteration writes
// tier: T2
// kind: host-reads-uninitialised
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 40000; // large enough for fresh memory: zeros, as the host has at the edges
    double *u = malloc(n * sizeof *u), *lap = calloc(n, sizeof *lap), sum = 0;
    for (int i = 0; i < n; i++)
        u[i] = i % 17;
#pragma omp target teams distribute parallel for map(to : u[0 : n]) map(from : lap[0 : n])
    for (int i = 1; i < n - 1; i++)
        lap[i] = u[i - 1] - 2 * u[i] + u[i + 1];
    for (int i = 0; i < n; i++)
        sum += lap[i] * (i % 3); // HERE
    printf("sum %.1f\n", sum);
    free(u);
    free(lap);
    return 0;
}
