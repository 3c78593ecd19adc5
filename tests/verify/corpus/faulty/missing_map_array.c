// SPDX-License-Identifier: Apache-2.0
// fault: a static table is reached through a pointer that has no map clause
// tier: T2
// kind: unmapped
#include <stdio.h>

static const int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};

static void look_up(const int *keys, int *out, int n, const int *lut) {
#pragma omp target teams distribute parallel for map(to : keys[0 : n]) map(from : out[0 : n])
    for (int i = 0; i < n; i++) {
        int slot = keys[i] & 7;
        out[i] = lut[slot]; // HERE
    }
}

int main(void) {
    int keys[64], out[64], sum = 0;
    for (int i = 0; i < 64; i++)
        keys[i] = 5 * i + 2;
    look_up(keys, out, 64, table);
    for (int i = 0; i < 64; i++)
        sum += out[i] * (i % 3);
    printf("sum %d\n", sum);
    return 0;
}
