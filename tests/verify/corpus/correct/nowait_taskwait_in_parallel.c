// SPDX-License-Identifier: Apache-2.0
// correct: two nowait regions on halves of an array, created by one of several host threads
// tier: T1
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 80;
    int *v = malloc(n * sizeof *v), sum = 0;
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        int *low = v, *high = v + n / 2;
#pragma omp target nowait map(tofrom : low[0 : n / 2])
        for (int i = 0; i < n / 2; i++)
            low[i] += 1;
#pragma omp target nowait map(tofrom : high[0 : n / 2])
        for (int i = 0; i < n / 2; i++)
            high[i] *= 2;
#pragma omp taskwait
        for (int i = 0; i < n; i++)
            sum += v[i];
    }
#pragma omp target map(tofrom : sum)
    sum += 1;
    printf("sum %d\n", sum);
    free(v);
    return 0;
}
