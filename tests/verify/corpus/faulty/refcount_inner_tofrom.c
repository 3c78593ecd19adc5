// SPDX-License-Identifier: Apache-2.0
// fault: the inner tofrom copies nothing back, as the outer data region holds the array with to
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

static void relax(double *x, int n) {
#pragma omp target teams distribute parallel for map(tofrom : x[0 : n])
    for (int i = 0; i < n; i++)
        x[i] = 0.5 * (x[i] + 8.0);
}

int main(void) {
    int n = 48, rounds = 0;
    double *x = malloc(n * sizeof *x);
    for (int i = 0; i < n; i++)
        x[i] = i;
#pragma omp target data map(to : x[0 : n])
    for (; rounds < 4; rounds++) {
        relax(x, n);
        double first = x[0]; // HERE
        if (first > 100.0)
            break;
    }
    printf("rounds %d\n", rounds);
    free(x);
    return 0;
}
