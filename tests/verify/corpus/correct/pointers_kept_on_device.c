// SPDX-License-Identifier: Apache-2.0
// correct: kernels find arrays through pointers that an earlier kernel left in device memory
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    enum { N = 1000 };
    double *a = malloc(N * sizeof *a), *b = malloc(N * sizeof *b), **to = malloc(N * sizeof *to);
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        a[i] = b[i] = i;
#pragma omp target data map(tofrom: a[0:N], b[0:N]) map(alloc: to[0:N])
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < N; i++)
            to[i] = i % 2 ? &a[N - 1 - i] : &b[i];
        b[4] = -1.0;
#pragma omp target update to(b[4:1])
#pragma omp target teams distribute parallel for reduction(+: sum)
        for (int i = 0; i < N; i++) {
            sum += *to[i];
            *to[i] += 1.0;
        }
#pragma omp target update from(a[0:N])
        sum += a[10] + a[11];
#pragma omp target teams distribute parallel for
        for (int i = 0; i < N; i++)
            *to[i] *= 2.0;
    }
    for (int i = 0; i < N; i++)
        sum += a[i] - 3.0 * b[i];
    printf("%.6f\n", sum);
    free(a);
    free(b);
    free(to);
    return 0;
}
