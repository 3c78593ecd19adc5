// SPDX-License-Identifier: Apache-2.0
// fault: the host replaces the table with memcpy within the data region, without an update
// tier: T2
// kind: device-reads-stale
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int n = 60, in_range = 0;
    float *table = malloc(n * sizeof *table), *other = malloc(n * sizeof *other);
    for (int i = 0; i < n; i++) {
        table[i] = 0.01f * (float)i;
        other[i] = 0.99f - 0.01f * (float)i;
    }
#pragma omp target data map(to : table[0 : n])
    for (int pass = 0; pass < 2; pass++) {
#pragma omp target teams distribute parallel for map(tofrom : in_range) reduction(+ : in_range)
        for (int i = 0; i < n; i++)
            in_range += table[i] < 1.0f; // HERE
        memcpy(table, other, n * sizeof *table);
    }
    printf("in range %d\n", in_range);
    free(table);
    free(other);
    return 0;
}
