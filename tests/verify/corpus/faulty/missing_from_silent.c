// SPDX-License-Identifier: Apache-2.0
// fault: the array that the host checks is mapped with to only
// tier: T2
// kind: host-reads-lost
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 500, bad = 0;
    double *pressure = malloc(n * sizeof *pressure), peak = 0;
    for (int i = 0; i < n; i++)
        pressure[i] = 1.0 + i % 13;
#pragma omp target teams distribute parallel for map(to : pressure[0 : n]) reduction(max : peak)
    for (int i = 0; i < n; i++) {
        pressure[i] = sqrt(pressure[i]);
        peak = pressure[i] > peak ? pressure[i] : peak;
    }
    for (int i = 0; i < n; i++)
        if (pressure[i] < 0) // HERE
            bad++;
    printf("peak %.6f, bad %d\n", peak, bad);
    free(pressure);
    return 0;
}
