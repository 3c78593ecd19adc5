// SPDX-License-Identifier: Apache-2.0
// correct: the host overwrites arrays that are newer on the device, and never reads them before
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int n = 150;
    double *a = malloc(n * sizeof *a), *b = calloc(n, sizeof *b), sum = 0;
    char *mask = calloc(n, 1);
    for (int i = 0; i < n; i++)
        a[i] = i;
#pragma omp target enter data map(to : a[0 : n], b[0 : n], mask[0 : n])
    for (int round = 0; round < 3; round++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++) {
            a[i] += 1;
            b[i] += a[i];
            mask[i] = (char)(i % 2);
        }
        for (int i = 0; i < n; i++)
            a[i] = round;
        memset(mask, round, n);
#pragma omp target update to(a[0 : n], mask[0 : n])
        a[7] = a[7] + mask[3];
#pragma omp target update to(a[7 : 1])
    }
#pragma omp target exit data map(from : b[0 : n]) map(release : a[0 : n], mask[0 : n])
    for (int i = 0; i < n; i++)
        sum += a[i] + b[i] + mask[i];
    printf("sum %.1f\n", sum);
    free(a);
    free(b);
    free(mask);
    return 0;
}
