// SPDX-License-Identifier: Apache-2.0
// fault: the result is mapped with to, its new values stay on the device
// tier: T1
// kind: host-reads-lost
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 100;
    double *celsius = malloc(n * sizeof *celsius), mean = 0;
    for (int i = 0; i < n; i++)
        celsius[i] = -40.0 + i;
#pragma omp target teams distribute parallel for map(to : celsius[0 : n])
    for (int i = 0; i < n; i++)
        celsius[i] = celsius[i] * 1.8 + 32.0;
    for (int i = 0; i < n; i++)
        mean += celsius[i] / n; // HERE
    printf("mean %.3f\n", mean);
    free(celsius);
    return 0;
}
