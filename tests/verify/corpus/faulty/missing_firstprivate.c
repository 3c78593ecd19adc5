// SPDX-License-Identifier: Apache-2.0
// fault: the coefficients are private, so that the kernel reads its stack
// tier: T1
// kind: output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 50;
    double c[4] = {1.25, -3.5, 0.75, 2.0};
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), sum = 0;
    for (int i = 0; i < n; i++)
        x[i] = 0.1 * i;
#pragma omp target teams distribute parallel for private(c) map(to : x[0 : n]) map(from : y[0 : n])
    for (int i = 0; i < n; i++)
        y[i] = c[0] + x[i] * (c[1] + x[i] * (c[2] + x[i] * c[3]));
    for (int i = 0; i < n; i++)
        sum += y[i];
    printf("sum %.4f\n", sum);
    free(x);
    free(y);
    return 0;
}
