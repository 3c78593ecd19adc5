// SPDX-License-Identifier: Apache-2.0
// fault: the pointer argument x has no map clause
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

static void axpy(int n, double alpha, const double *x, double *y) {
#pragma omp target teams distribute parallel for map(tofrom : y[0 : n])
    for (int i = 0; i < n; i++)
        y[i] += alpha * x[i]; // HERE
}

int main(void) {
    int n = 300;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    for (int i = 0; i < n; i++) {
        x[i] = i % 7;
        y[i] = 1.0;
    }
    axpy(n, 2.0, x, y);
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += y[i];
    printf("axpy %.1f\n", sum);
    free(x);
    free(y);
    return 0;
}
