// SPDX-License-Identifier: Apache-2.0
// fault: neighbours race, but only after millions of other accesses in the same launch
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    enum { N = 2800, LATE = 900, LONG = 40000, APART = 512 };
    double *a = malloc((N + 1) * APART * sizeof *a), *w = malloc(LONG * sizeof *w);
    double sum = 0.0;
    for (int i = 0; i < (N + 1) * APART; i++)
        a[i] = 1.0;
    for (int k = 0; k < LONG; k++)
        w[k] = k % 3;
#pragma omp target teams distribute parallel for map(tofrom: a[0:(N + 1) * APART]) \
    map(to: w[0:LONG]) reduction(+: sum)
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < LONG; k++)
            sum += w[k];
        if (i % (N / 2) > LATE)
            a[i * APART] = a[(i + 1) * APART] > 0.0 ? 1.0 : 2.0; // HERE
    }
    printf("%.1f %.1f\n", sum, a[APART]);
    free(a);
    free(w);
    return 0;
}
