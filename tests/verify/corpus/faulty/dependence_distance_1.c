// SPDX-License-Identifier: Apache-2.0
// fault: every iteration reads what the one before it writes
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 200, falling = 0;
    double *level = malloc(n * sizeof *level);
    for (int i = 0; i < n; i++)
        level[i] = 1.0;
#pragma omp target teams distribute parallel for map(tofrom : level[0 : n])
    for (int i = 1; i < n; i++)
        level[i] += 0.5 * level[i - 1]; // HERE
    for (int i = 0; i < n; i++)
        falling += level[i] < 1.0;
    printf("falling %d\n", falling);
    free(level);
    return 0;
}
