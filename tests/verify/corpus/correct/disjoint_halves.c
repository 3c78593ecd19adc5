// SPDX-License-Identifier: Apache-2.0
// correct: host and device each write their half (of an odd length) between updates
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 101, half = n / 2;
    int *v = calloc(n, sizeof *v);
    long sum = 0;
#pragma omp target enter data map(to : v[0 : n])
    for (int step = 1; step <= 3; step++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < half; i++)
            v[i] += step;
        for (int i = half; i < n; i++)
            v[i] += 2 * step;
#pragma omp target update from(v[0 : half])
#pragma omp target update to(v[half : n - half])
#pragma omp target teams distribute parallel for reduction(+ : sum) map(tofrom : sum)
        for (int i = 0; i < n; i++)
            sum += v[i];
        for (int i = 0; i < n; i++)
            sum -= v[i] / 2;
    }
#pragma omp target exit data map(release : v[0 : n])
    printf("sum %ld\n", sum);
    free(v);
    return 0;
}
