// SPDX-License-Identifier: Apache-2.0
// fault: the host renews the thresholds, the device goes on with the old ones
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 128, over = 0;
    double *load = malloc(n * sizeof *load), *limit = malloc(n * sizeof *limit);
    for (int i = 0; i < n; i++) {
        load[i] = i;
        limit[i] = 63.25;
    }
#pragma omp target data map(to : load[0 : n], limit[0 : n])
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < n; i++)
            limit[i] += 0.125;
#pragma omp target teams distribute parallel for map(tofrom : over) reduction(+ : over)
        for (int i = 0; i < n; i++)
            over += load[i] > limit[i]; // HERE
    }
    printf("over %d\n", over);
    free(load);
    free(limit);
    return 0;
}
