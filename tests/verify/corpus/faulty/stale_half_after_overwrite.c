// SPDX-License-Identifier: Apache-2.0
// fault: the host renews one half of the array and reads the other, which is newer on the device
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 400, wild = 0;
    double *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i % 6;
#pragma omp target enter data map(to : v[0 : n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        v[i] = v[i] + 1.0;
    for (int i = 0; i < n / 2; i++)
        v[i] = 0.0;
    for (int i = n / 2; i < n; i++)
        wild += v[i] > 50.0; // HERE
#pragma omp target exit data map(delete : v[0 : n])
    printf("wild %d\n", wild);
    free(v);
    return 0;
}
