// SPDX-License-Identifier: Apache-2.0
// correct: target data nested in enter/exit data, with functions that map again
#include <stdio.h>
#include <stdlib.h>

static void add(double *x, const double *y, int n) {
#pragma omp target teams distribute parallel for map(tofrom : x[0 : n]) map(to : y[0 : n])
    for (int i = 0; i < n; i++)
        x[i] += y[i];
}

static double total(const double *x, int n) {
    double sum = 0;
#pragma omp target teams distribute parallel for map(to : x[0 : n]) map(tofrom : sum)              \
    reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

int main(void) {
    int n = 77;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    for (int i = 0; i < n; i++) {
        x[i] = i;
        y[i] = 1;
    }
#pragma omp target enter data map(to : y[0 : n])
#pragma omp target data map(tofrom : x[0 : n])
    {
        add(x, y, n);
        add(x, y, n);
        printf("inside %.1f\n", total(x, n));
    }
    printf("x[3] %.1f\n", x[3]);
    add(x, y, n);
#pragma omp target exit data map(release : y[0 : n])
    printf("after %.1f %.1f\n", total(x, n), x[n - 1]);
    free(x);
    free(y);
    return 0;
}
