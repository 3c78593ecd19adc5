// SPDX-License-Identifier: Apache-2.0
// fault: the host tests one element of a global array, at a constant index, that the device renewed
// tier: T2
// kind: host-reads-stale
#include <stdio.h>

static double level[64];

int main(void) {
    int high = 0;
    for (int i = 0; i < 64; i++)
        level[i] = i % 4;
#pragma omp target enter data map(to : level)
    for (int round = 0; round < 2; round++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < 64; i++)
            level[i] += 1.0;
        if (level[3] > 90.0) // HERE
            high++;
    }
#pragma omp target exit data map(from : level)
    printf("high %d %.1f\n", high, level[3]);
    return 0;
}
