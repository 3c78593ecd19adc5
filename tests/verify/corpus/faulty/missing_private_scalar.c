// SPDX-License-Identifier: Apache-2.0
// fault: the scratch scalar t is shared by the threads of a team
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 200;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    double t = 0, bad = 0;
    for (int i = 0; i < n; i++)
        x[i] = i % 8;
#pragma omp target map(to : x[0 : n]) map(from : y[0 : n])
#pragma omp teams distribute parallel for
    for (int i = 0; i < n; i++) {
        t = x[i] * x[i];  // HERE
        y[i] = t - x[i];  // HERE
    }
    for (int i = 0; i < n; i++)
        bad += y[i] < -1.0;
    printf("below %.0f\n", bad);
    free(x);
    free(y);
    return 0;
}
