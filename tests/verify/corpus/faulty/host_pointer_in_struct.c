// SPDX-License-Identifier: Apache-2.0
// fault: a mapped struct holds a host pointer into an array that is mapped on its own
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

struct view {
    const double *first;
    int length, stride;
};

int main(void) {
    int n = 96;
    double *base = malloc(n * sizeof *base), sum = 0;
    for (int i = 0; i < n; i++)
        base[i] = i;
    struct view view[1];
    view[0].first = base + 4;
    view[0].length = 20;
    view[0].stride = 3;
#pragma omp target map(to : base[0 : n], view) map(tofrom : sum)
    {
        const double *at = view[0].first;
        sum = base[0];
        for (int i = 0; i < view[0].length; i++)
            sum += at[i * view[0].stride]; // HERE
    }
    printf("sum %.1f\n", sum);
    free(base);
    return 0;
}
