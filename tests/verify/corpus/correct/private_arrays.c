// SPDX-License-Identifier: Apache-2.0
// correct: private scratch arrays and firstprivate coefficient arrays and structs
#include <stdio.h>
#include <stdlib.h>

struct box {
    double low, high;
};

int main(void) {
    int n = 64;
    double stencil[3] = {0.25, 0.5, 0.25}, window[3], sum = 0;
    struct box box = {2.0, 9.0};
    double *x = malloc((n + 2) * sizeof *x), *y = malloc(n * sizeof *y);
    for (int i = 0; i < n + 2; i++)
        x[i] = i % 12;
#pragma omp target teams distribute parallel for private(window) firstprivate(stencil, box)        \
    map(to : x[0 : n + 2]) map(from : y[0 : n])
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++)
            window[k] = x[i + k] * stencil[k];
        double v = window[0] + window[1] + window[2];
        y[i] = v < box.low ? box.low : v > box.high ? box.high : v;
    }
    window[0] = 1.5;
    for (int i = 0; i < n; i++)
        sum += y[i] * window[0] * stencil[1];
    printf("sum %.4f\n", sum);
    free(x);
    free(y);
    return 0;
}
