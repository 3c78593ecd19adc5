// SPDX-License-Identifier: Apache-2.0
// fault: a region within 'enter data map(to)' maps from, but the array's last use is a release
// tier: T1
// kind: host-reads-lost
#include <stdio.h>
#include <stdlib.h>

static void scale(int *v, int n, int by) {
#pragma omp target teams distribute parallel for map(tofrom : v[0 : n])
    for (int i = 0; i < n; i++)
        v[i] *= by;
}

int main(void) {
    int n = 60, sum = 0;
    int *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target enter data map(to : v[0 : n])
    scale(v, n, 2);
    scale(v, n, 5);
#pragma omp target exit data map(release : v[0 : n])
    for (int i = 0; i < n; i++)
        sum += v[i]; // HERE
    printf("sum %d\n", sum);
    free(v);
    return 0;
}
