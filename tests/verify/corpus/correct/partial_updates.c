// SPDX-License-Identifier: Apache-2.0
// correct: halo exchange by updates of single sections in both directions
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 67;
    int *u = malloc(n * sizeof *u), edge = 0, sum = 0;
    for (int i = 0; i < n; i++)
        u[i] = i;
#pragma omp target data map(tofrom : u[0 : n])
    for (int step = 0; step < 4; step++) {
        u[0] = step;
        u[n - 1] = -step;
#pragma omp target update to(u[0 : 1])
#pragma omp target update to(u[n - 1 : 1])
#pragma omp target teams distribute parallel for
        for (int i = 1; i < n - 1; i++)
            u[i] += u[0] + u[n - 1] + i;
#pragma omp target update from(u[1 : 1])
#pragma omp target update from(u[n - 2 : 1])
        edge += u[1] + u[n - 2];
    }
    for (int i = 0; i < n; i++)
        sum += u[i];
    printf("edge %d sum %d\n", edge, sum);
    free(u);
    return 0;
}
