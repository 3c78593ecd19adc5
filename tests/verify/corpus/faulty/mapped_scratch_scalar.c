// SPDX-License-Identifier: Apache-2.0
// fault: the scratch variable index is mapped instead of private
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 128, index = 0, wrong = 0;
    int *key = malloc(n * sizeof *key), *bin = malloc(n * sizeof *bin);
    for (int i = 0; i < n; i++)
        key[i] = 13 * i;
#pragma omp target teams distribute parallel for map(to : key[0 : n]) map(from : bin[0 : n])       \
    map(tofrom : index)
    for (int i = 0; i < n; i++) {
        index = key[i] & 15; // HERE
        bin[i] = 2 * index;  // HERE
    }
    for (int i = 0; i < n; i++)
        wrong += bin[i] < 0 || bin[i] > 30;
    printf("wrong %d\n", wrong);
    free(key);
    free(bin);
    return 0;
}
