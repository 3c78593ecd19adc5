// SPDX-License-Identifier: Apache-2.0
// correct: a chain of nowait regions and updates ordered by depend, then taskwait
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 90;
    long *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), sum = 0;
    for (int i = 0; i < n; i++)
        a[i] = b[i] = i;
#pragma omp target enter data map(to : a[0 : n], b[0 : n]) nowait depend(out : a[0], b[0])
#pragma omp target teams distribute parallel for nowait depend(inout : a[0])
    for (int i = 0; i < n; i++)
        a[i] *= 2;
#pragma omp target teams distribute parallel for nowait depend(inout : b[0])
    for (int i = 0; i < n; i++)
        b[i] += 5;
#pragma omp target teams distribute parallel for nowait depend(in : a[0]) depend(inout : b[0])
    for (int i = 0; i < n; i++)
        b[i] += a[i];
#pragma omp target update from(b[0 : n]) nowait depend(inout : b[0])
#pragma omp taskwait
    for (int i = 0; i < n; i++)
        sum += b[i];
#pragma omp target exit data map(delete : a[0 : n], b[0 : n])
    printf("sum %ld\n", sum);
    free(a);
    free(b);
    return 0;
}
