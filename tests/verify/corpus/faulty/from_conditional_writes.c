// SPDX-License-Identifier: Apache-2.0
// fault: map(from) of an array that is only written where a condition holds
// tier: T1
// kind: host-reads-uninitialised
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 96, sum = 0;
    int *value = malloc(n * sizeof *value), *clipped = malloc(n * sizeof *clipped);
    for (int i = 0; i < n; i++) {
        value[i] = 11 * i % 97;
        clipped[i] = 7777;
    }
#pragma omp target teams distribute parallel for map(to : value[0 : n]) map(from : clipped[0 : n])
    for (int i = 0; i < n; i++)
        if (i / 4 % 2)
            clipped[i] = value[i] < 50 ? value[i] : 50;
    for (int i = 0; i < n; i++)
        sum += clipped[i]; // HERE
    printf("sum %d\n", sum);
    free(value);
    free(clipped);
    return 0;
}
