// SPDX-License-Identifier: Apache-2.0
// fault: the sum is mapped but no reduction
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 240;
    double *x = malloc(n * sizeof *x), sum = 0;
    for (int i = 0; i < n; i++)
        x[i] = i % 9;
#pragma omp target teams distribute parallel for map(to : x[0 : n]) map(tofrom : sum)
    for (int i = 0; i < n; i++)
        sum += x[i]; // HERE
    printf("%s\n", sum > 0 ? "positive" : "not positive");
    free(x);
    return 0;
}
