// SPDX-License-Identifier: Apache-2.0
// fault: 'exit data' brings back all but the last four elements
// tier: T2
// kind: host-reads-lost
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 52, odd = 0;
    double *e = malloc(n * sizeof *e);
    for (int i = 0; i < n; i++)
        e[i] = 2 * i;
#pragma omp target enter data map(to : e[0 : n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        e[i] += 2;
#pragma omp target update from(e[0 : n - 4])
#pragma omp target exit data map(release : e[0 : n])
    for (int i = 0; i < n; i++)
        odd += e[i] < 0; // HERE
    printf("negative %d\n", odd);
    free(e);
    return 0;
}
