// SPDX-License-Identifier: Apache-2.0
// fault: 'target update to' leaves out the last eight elements that the host changed
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 72;
    double *force = malloc(n * sizeof *force), *pos = calloc(n, sizeof *pos), far = 0;
    for (int i = 0; i < n; i++)
        force[i] = 1.0;
#pragma omp target enter data map(to : force[0 : n], pos[0 : n])
    for (int step = 1; step <= 2; step++) {
        for (int i = 0; i < n; i++)
            force[i] = step;
#pragma omp target update to(force[0 : n - 8])
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            pos[i] += force[i]; // HERE
    }
#pragma omp target exit data map(from : pos[0 : n]) map(release : force[0 : n])
    for (int i = 0; i < n; i++)
        far = pos[i] > far ? pos[i] : far;
    printf("farthest %.1f\n", far);
    free(force);
    free(pos);
    return 0;
}
