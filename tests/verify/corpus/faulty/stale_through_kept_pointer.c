// SPDX-License-Identifier: Apache-2.0
// fault: the host changes an array that a kernel finds through pointers in device memory
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    enum { N = 1000 };
    double *b = malloc(N * sizeof *b), **to = malloc(N * sizeof *to);
    int many = 0;
    for (int i = 0; i < N; i++)
        b[i] = i;
#pragma omp target data map(to: b[0:N]) map(alloc: to[0:N])
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < N; i++)
            to[i] = &b[i];
        b[400] = 1.5;
#pragma omp target teams distribute parallel for reduction(+: many)
        for (int i = 0; i < N; i++)
            if (*to[i] >= 0.0) // HERE
                many++;
    }
    printf("%d\n", many);
    free(b);
    free(to);
    return 0;
}
