// SPDX-License-Identifier: Apache-2.0
// fault: the second kernel stands behind the end of the data region
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 90;
    double *q = malloc(n * sizeof *q), norm = 0;
    for (int i = 0; i < n; i++)
        q[i] = i % 4;
#pragma omp target data map(tofrom : q[0 : n])
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            q[i] = q[i] + 1;
    }
#pragma omp target teams distribute parallel for map(tofrom : norm) reduction(+ : norm)
    for (int i = 0; i < n; i++)
        norm += q[i] * q[i]; // HERE
    printf("norm %.1f\n", norm);
    free(q);
    return 0;
}
