// SPDX-License-Identifier: Apache-2.0
// fault: the device counts in a declare target array, the host reads its own copy
// tier: T1
// kind: output
#include <stdio.h>

#pragma omp begin declare target
static int tally[4];
#pragma omp end declare target

int main(void) {
#pragma omp target teams distribute parallel for
    for (int i = 0; i < 100; i++) {
#pragma omp atomic
        tally[i % 4] += i;
    }
    for (int k = 0; k < 4; k++)
        printf("tally %d: %d\n", k, tally[k]);
    return 0;
}
