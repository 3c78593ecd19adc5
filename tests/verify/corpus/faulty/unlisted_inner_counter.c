// SPDX-License-Identifier: Apache-2.0
// fault: the counter of the inner loop is one for all threads (clang happens to give each its own)
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 40, m = 6, k;
    double *v = malloc(n * sizeof *v);
#pragma omp target teams distribute parallel for map(from : v[0 : n])
    for (int i = 0; i < n; i++) {
        v[i] = 0.0;
        for (k = 0; k < m; k++) // HERE
            v[i] += 0.5 * k; // HERE
    }
    printf("%.1f %.1f\n", v[0], v[n - 1]);
    free(v);
    return 0;
}
