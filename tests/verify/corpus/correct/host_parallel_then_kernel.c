// SPDX-License-Identifier: Apache-2.0
// correct: parallel loops on the host alternate with kernels on the same array
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 128;
    double *v = malloc(n * sizeof *v), sum = 0;
#pragma omp parallel for
    for (int i = 0; i < n; i++)
        v[i] = i;
    for (int round = 0; round < 3; round++) {
#pragma omp target teams distribute parallel for map(tofrom : v[0 : n])
        for (int i = 0; i < n; i++)
            v[i] = 0.5 * v[i] + 1;
#pragma omp parallel for reduction(+ : sum)
        for (int i = 0; i < n; i++) {
            sum += v[i];
            v[i] += round;
        }
    }
    printf("sum %.4f\n", sum);
    free(v);
    return 0;
}
