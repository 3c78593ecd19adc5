// SPDX-License-Identifier: Apache-2.0
// correct: the host sets its copy back to the values it once sent and reads them, kernels between
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 300, *v = calloc(n, sizeof *v), last = 0;
    double *w = malloc(n * sizeof *w), sum = 0.0;
#pragma omp target enter data map(to : v[0 : n]) map(alloc : w[0 : n])
#pragma omp target teams distribute parallel for map(tofrom : last)
    for (int i = 0; i < n; i++) {
        v[i] += i;
        if (i == n - 1)
            last = v[i];
    }
    for (int i = 0; i < n; i++)
        v[i] = 0;
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        w[i] = 0.25 * i;
    for (int i = 0; i < n; i++)
        sum += v[i];
#pragma omp target update from(w[0 : n])
#pragma omp target exit data map(delete : v[0 : n], w[0 : n])
    for (int i = n - 1; i >= 0; i--)
        sum += w[i];
    printf("%d %.2f\n", last, sum);
    free(v);
    free(w);
    return 0;
}
