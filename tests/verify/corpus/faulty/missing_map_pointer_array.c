// SPDX-License-Identifier: Apache-2.0
// fault: an array of pointers is mapped without the planes that it points to
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

enum { PLANES = 3, SIZE = 50 };

int main(void) {
    int *plane[PLANES], sums[PLANES] = {0};
    for (int p = 0; p < PLANES; p++) {
        plane[p] = malloc(SIZE * sizeof(int));
        for (int i = 0; i < SIZE; i++)
            plane[p][i] = i << p;
    }
#pragma omp target teams distribute map(to : plane) map(tofrom : sums)
    for (int p = 0; p < PLANES; p++) {
        int sum = 0;
        for (int i = 0; i < SIZE; i++)
            sum += plane[p][i]; // HERE
        sums[p] = sum;
    }
    for (int p = 0; p < PLANES; p++) {
        printf("plane %d: %d\n", p, sums[p]);
        free(plane[p]);
    }
    return 0;
}
