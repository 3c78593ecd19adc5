// SPDX-License-Identifier: Apache-2.0
// fault: the host renews the array from its end down to the middle and reads the rest, now older
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 1000, wild = 0;
    float *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = (float)(i % 6);
#pragma omp target enter data map(to : v[0 : n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        v[i] = v[i] + 1.0f;
    for (int i = n - 1; i >= n / 2; i--)
        v[i] = 0.0f;
    for (int i = 0; i < n / 2; i++)
        wild += v[i] > 50.0f; // HERE
#pragma omp target exit data map(delete : v[0 : n])
    printf("wild %d\n", wild);
    free(v);
    return 0;
}
