// SPDX-License-Identifier: Apache-2.0
// correct: arrays are freed after device results were dropped, their memory is used again
#include <stdio.h>
#include <stdlib.h>

static long trial(int seed) {
    int n = 64;
    int *guess = malloc(n * sizeof *guess), best = 0;
    for (int i = 0; i < n; i++)
        guess[i] = (seed * 31 + i) % 64;
#pragma omp target teams distribute parallel for map(to : guess[0 : n]) map(tofrom : best)         \
    reduction(max : best)
    for (int i = 0; i < n; i++) {
        guess[i] = guess[i] * guess[i] % 61;
        best = guess[i] > best ? guess[i] : best;
    }
    free(guess); // its new values on the device were scratch
    int *other = calloc(n, sizeof *other);
    long sum = best;
    for (int i = 0; i < n; i++)
        sum += other[i];
    free(other);
    return sum;
}

int main(void) {
    long sum = 0;
    for (int seed = 0; seed < 5; seed++)
        sum += trial(seed);
    printf("sum %ld\n", sum);
    return 0;
}
