// SPDX-License-Identifier: Apache-2.0
// fault: the array was mapped before realloc moved it, the new block is not mapped
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int *grown(int *old, int from, int to) {
    int *fresh = malloc(to * sizeof *fresh);
    memcpy(fresh, old, from * sizeof *fresh);
    for (int i = from; i < to; i++)
        fresh[i] = i;
    return fresh;
}

int main(void) {
    int n = 32, *ids = malloc(n * sizeof *ids);
    long sum = 0;
    for (int i = 0; i < n; i++)
        ids[i] = i;
#pragma omp target enter data map(to : ids[0 : n])
    int *old = ids;
    ids = grown(ids, n, 2 * n);
    n *= 2;
#pragma omp target teams distribute parallel for reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += 3 * ids[i]; // HERE
#pragma omp target exit data map(release : old[0 : n / 2])
    printf("sum %ld\n", sum);
    free(old);
    free(ids);
    return 0;
}
