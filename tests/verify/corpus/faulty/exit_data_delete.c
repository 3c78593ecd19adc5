// SPDX-License-Identifier: Apache-2.0
// fault: 'exit data' deletes the result instead of copying it back
// tier: T1
// kind: host-reads-lost
#include <stdio.h>
#include <stdlib.h>

static void fill(unsigned *state, int n) {
#pragma omp target enter data map(alloc : state[0 : n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        state[i] = 2654435761u * (unsigned)(i + 1);
#pragma omp target exit data map(delete : state[0 : n])
}

int main(void) {
    int n = 100;
    unsigned *state = calloc(n, sizeof *state), mix = 0;
    fill(state, n);
    for (int i = 0; i < n; i++)
        mix ^= state[i]; // HERE
    printf("mix %u\n", mix);
    free(state);
    return 0;
}
