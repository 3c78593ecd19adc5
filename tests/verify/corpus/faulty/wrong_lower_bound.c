// SPDX-License-Identifier: Apache-2.0
// fault: the section of a starts at 2, the loop reads from 1 on
// tier: T2
// kind: outside-section
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 256, above = 0;
    int *a = malloc(n * sizeof *a), *up = calloc(n, sizeof *up);
    for (int i = 0; i < n; i++)
        a[i] = i * 7 % 64;
#pragma omp target teams distribute parallel for map(to : a[2 : n - 2]) map(tofrom : up[0 : n])
    for (int i = 2; i < n; i++)
        up[i] = a[i] > a[i - 1]; // HERE
    for (int i = 3; i < n; i++)
        above += up[i];
    printf("steps up: %d\n", above);
    free(a);
    free(up);
    return 0;
}
