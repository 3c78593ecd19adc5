// SPDX-License-Identifier: Apache-2.0
// fault: the host drives one end of the rod, which the device never learns
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 32;
    double *u = calloc(n, sizeof *u), *v = calloc(n, sizeof *v);
#pragma omp target data map(tofrom : u[0 : n]) map(alloc : v[0 : n])
    for (int step = 0; step < 4; step++) {
        u[0] = 1.0 + step;
#pragma omp target teams distribute parallel for
        for (int i = 1; i < n - 1; i++)
            v[i] = 0.5 * (u[i - 1] + u[i + 1]); // HERE
#pragma omp target teams distribute parallel for
        for (int i = 1; i < n - 1; i++)
            u[i] = v[i];
    }
    printf("far end %.6f\n", u[n - 2]);
    free(u);
    free(v);
    return 0;
}
