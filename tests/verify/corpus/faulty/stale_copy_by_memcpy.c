// SPDX-License-Identifier: Apache-2.0
// fault: a checkpoint is taken with memcpy from an array that is newer on the device
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int n = 100;
    double *state = malloc(n * sizeof *state), *saved = malloc(n * sizeof *saved), sum = 0;
    for (int i = 0; i < n; i++)
        state[i] = i;
#pragma omp target data map(tofrom : state[0 : n])
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            state[i] = state[i] + 0.5;
        memcpy(saved, state, n * sizeof *state); // HERE
    }
    for (int i = 0; i < n; i++)
        sum += state[i];
    printf("sum %.1f, saved %s\n", sum, saved[1] > 0 ? "yes" : "no");
    free(state);
    free(saved);
    return 0;
}
