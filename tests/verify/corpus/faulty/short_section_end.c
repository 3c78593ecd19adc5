// SPDX-License-Identifier: Apache-2.0
// fault: the section of a ends one element too early for a[i + 1]
// tier: T2
// kind: outside-section
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 400;
    double *a = malloc((n + 1) * sizeof *a), *d = malloc(n * sizeof *d), sum = 0;
    for (int i = 0; i <= n; i++)
        a[i] = 0.5 * i * i;
#pragma omp target teams distribute parallel for map(to : a[0 : n]) map(from : d[0 : n])
    for (int i = 0; i < n; i++)
        d[i] = a[i + 1] - a[i]; // HERE
    for (int i = 0; i < n - 1; i++)
        sum += d[i];
    printf("sum of the inner differences %.2f\n", sum);
    free(a);
    free(d);
    return 0;
}
