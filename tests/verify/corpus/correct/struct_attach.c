// SPDX-License-Identifier: Apache-2.0
// correct: a mapped struct with attached members, whose host pointers stay usable
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int n;
    double *x, *y;
    double shift;
} body;

int main(void) {
    body b = {64, malloc(64 * sizeof(double)), malloc(64 * sizeof(double)), 0.5};
    double sum = 0;
    for (int i = 0; i < b.n; i++) {
        b.x[i] = i;
        b.y[i] = -i;
    }
#pragma omp target enter data map(to : b)
#pragma omp target enter data map(to : b.x[0 : b.n], b.y[0 : b.n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < b.n; i++)
        b.x[i] += b.y[i] + b.shift;
    if (b.n == 64 && b.x != b.y) {
#pragma omp target update from(b.x[0 : b.n])
        for (int i = 0; i < b.n; i++)
            sum += b.x[i];
    }
#pragma omp target exit data map(delete : b.x[0 : b.n], b.y[0 : b.n])
#pragma omp target exit data map(delete : b)
    printf("sum %.1f\n", sum);
    free(b.x);
    free(b.y);
    return 0;
}
