// SPDX-License-Identifier: Apache-2.0
// correct: device code with large local arrays, recursion, malloc and string constants of its own
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma omp begin declare target
static int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static int score(int i) {
    static const char letters[] = "the quick brown fox";
    const char *word = i % 2 ? "lazy" : "dogs";
    char buffer[256];
    memset(buffer, i, sizeof buffer);
    int *heap = malloc(8 * sizeof *heap), sum = buffer[i] + letters[i % 19] + word[i % 4];
    for (int k = 0; k < 8; k++)
        heap[k] = k * i;
    for (int k = 0; k < 8; k++)
        sum += heap[k];
    free(heap);
    return sum;
}
#pragma omp end declare target

int main(void) {
    int out[40], sum = 0;
#pragma omp target teams distribute parallel for map(from : out)
    for (int i = 0; i < 40; i++)
        out[i] = score(i) + fibonacci(i % 12);
    for (int i = 0; i < 40; i++)
        sum += out[i];
    printf("sum %d\n", sum);
    return 0;
}
