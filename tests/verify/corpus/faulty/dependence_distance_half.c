// SPDX-License-Identifier: Apache-2.0
// fault: the second half of the iterations reads what the first half writes
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 256, small = 0;
    float *wave = malloc(n * sizeof *wave);
    for (int i = 0; i < n; i++)
        wave[i] = 2.0f;
#pragma omp target teams distribute parallel for map(tofrom : wave[0 : n])
    for (int i = 0; i < n; i++)
        wave[i] = 1.0f + 0.5f * wave[(i + n / 2) % n]; // HERE
    for (int i = 0; i < n; i++)
        small += wave[i] < 1.0f;
    printf("small %d\n", small);
    free(wave);
    return 0;
}
