// SPDX-License-Identifier: Apache-2.0
// fault: a device function counts its calls in a global without an atomic
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

#pragma omp begin declare target
int calls;

static int collatz(unsigned n) {
    int steps = 0;
    calls++; // HERE
    for (; n > 1; steps++)
        n = n % 2 ? 3 * n + 1 : n / 2;
    return steps;
}
#pragma omp end declare target

int main(void) {
    int n = 100, longest = 0, *steps = malloc(n * sizeof *steps);
#pragma omp target teams distribute parallel for map(from : steps[0 : n])
    for (int i = 0; i < n; i++)
        steps[i] = collatz((unsigned)i + 1);
#pragma omp target update from(calls)
    for (int i = 0; i < n; i++)
        longest = steps[i] > longest ? steps[i] : longest;
    printf("longest %d, called %s\n", longest, calls > 0 ? "yes" : "no");
    free(steps);
    return 0;
}
