// SPDX-License-Identifier: Apache-2.0
// fault: the host renewed the array; the kernel overwrites one half of it and reads the other
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 800, wild = 0;
    double *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i % 6;
#pragma omp target enter data map(to : v[0 : n])
    for (int i = 0; i < n; i++)
        v[i] = v[i] + 1.0;
#pragma omp target map(tofrom : wild)
    {
        for (int i = 0; i < n / 2; i++)
            v[i] = 1.5;
        for (int i = n / 2; i < n; i++)
            wild += v[i] > 50.0; // HERE
    }
#pragma omp target exit data map(delete : v[0 : n])
    printf("wild %d\n", wild);
    free(v);
    return 0;
}
