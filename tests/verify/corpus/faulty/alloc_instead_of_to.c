// SPDX-License-Identifier: Apache-2.0
// fault: the weights are mapped with alloc, the kernel reads what the device happened to hold
// tier: T1
// kind: output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 200;
    double *weight = malloc(n * sizeof *weight), *x = malloc(n * sizeof *x), dot = 0;
    for (int i = 0; i < n; i++) {
        weight[i] = 1.0 / (1 + i);
        x[i] = i;
    }
#pragma omp target teams distribute parallel for map(alloc : weight[0 : n]) map(to : x[0 : n])     \
    reduction(+ : dot)
    for (int i = 0; i < n; i++)
        dot += weight[i] * x[i];
    printf("dot %.6f\n", dot);
    free(weight);
    free(x);
    return 0;
}
