// SPDX-License-Identifier: Apache-2.0
// fault: is_device_ptr for a pointer of the host, although its array is mapped
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

static void shift(int *v, int n, int by) {
#pragma omp target teams distribute parallel for is_device_ptr(v)
    for (int i = 0; i < n; i++)
        v[i] += by; // HERE
}

int main(void) {
    int n = 70, sum = 0, *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target enter data map(to : v[0 : n])
    shift(v, n, 3);
#pragma omp target exit data map(release : v[0 : n])
    for (int i = 0; i < n; i++)
        sum += v[i];
    printf("sum %d\n", sum);
    free(v);
    return 0;
}
