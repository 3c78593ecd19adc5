// SPDX-License-Identifier: Apache-2.0
// fault: the host looks at the field for convergence without 'target update from'
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 64, steps = 0;
    double *t = malloc(n * sizeof *t), sum = 0;
    for (int i = 0; i < n; i++)
        t[i] = 100.0 - i;
#pragma omp target data map(tofrom : t[0 : n])
    for (steps = 0; steps < 5; steps++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            t[i] = 0.5 * t[i] + 10.0;
        if (t[n / 2] < 0.0) // HERE
            break;
    }
    for (int i = 0; i < n; i++)
        sum += t[i];
    printf("steps %d sum %.3f\n", steps, sum);
    free(t);
    return 0;
}
