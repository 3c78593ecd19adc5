// SPDX-License-Identifier: Apache-2.0
// correct: a table of device pointers is built on the host and mapped as data
#include <omp.h>
#include <stdio.h>

enum { K = 3, N = 25 };

int main(void) {
    int device = omp_get_default_device();
    double *part[K], sums[K];
    for (int k = 0; k < K; k++)
        if (!(part[k] = omp_target_alloc(N * sizeof(double), device)))
            return 1;
#pragma omp target teams distribute parallel for collapse(2) map(to : part)
    for (int k = 0; k < K; k++)
        for (int i = 0; i < N; i++)
            part[k][i] = k * 100 + i;
#pragma omp target map(to : part) map(from : sums)
    for (int k = 0; k < K; k++) {
        sums[k] = 0;
        for (int i = 0; i < N; i++)
            sums[k] += part[k][i];
    }
    for (int k = 0; k < K; k++) {
        printf("%.1f\n", sums[k]);
        omp_target_free(part[k], device);
    }
    return 0;
}
