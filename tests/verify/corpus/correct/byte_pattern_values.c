// SPDX-License-Identifier: Apache-2.0
// correct: kernels that write bytes of any value, a run of -5 (0xfb) among them
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 256, sum = 0;
    signed char *cold = malloc(n);
    unsigned *word = malloc(n * sizeof *word), mix = 0;
#pragma omp target teams distribute parallel for map(from : cold[0 : n], word[0 : n])
    for (int i = 0; i < n; i++) {
        cold[i] = (signed char)(i < 200 ? -5 : i % 100);
        word[i] = 0x01010101u * (unsigned)i;
    }
    for (int i = 0; i < n; i++) {
        sum += cold[i];
        mix ^= word[i];
    }
    printf("sum %d mix %x\n", sum, mix);
    free(cold);
    free(word);
    return 0;
}
