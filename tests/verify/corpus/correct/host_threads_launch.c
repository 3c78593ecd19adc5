// SPDX-License-Identifier: Apache-2.0
// correct: host threads launch kernels of their own on arrays of their own
// tier: T1
#include <stdio.h>
#include <stdlib.h>

enum { JOBS = 4, N = 40 };

static int job(int number) {
    int *v = malloc(N * sizeof *v), sum = 0;
    for (int i = 0; i < N; i++)
        v[i] = number + i;
#pragma omp target parallel for map(tofrom : v[0 : N])
    for (int i = 0; i < N; i++)
        v[i] *= number + 1;
    for (int i = 0; i < N; i++)
        sum += v[i];
    free(v);
    return sum;
}

int main(void) {
    int sums[JOBS], first = job(9);
#pragma omp parallel for schedule(static, 1)
    for (int j = 0; j < JOBS; j++)
        sums[j] = job(j);
    printf("first %d:", first);
    for (int j = 0; j < JOBS; j++)
        printf(" %d", sums[j]);
    printf(" last %d\n", job(5));
    return 0;
}
