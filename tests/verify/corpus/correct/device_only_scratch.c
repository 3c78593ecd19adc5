// SPDX-License-Identifier: Apache-2.0
// correct: a buffer with map(alloc) that only the device writes and reads, then is freed
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 300;
    float *x = malloc(n * sizeof *x), *work = malloc(n * sizeof *work), sum = 0;
    for (int i = 0; i < n; i++)
        x[i] = (float)(i % 21);
#pragma omp target data map(tofrom : x[0 : n]) map(alloc : work[0 : n])
    for (int sweep = 0; sweep < 3; sweep++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            work[i] = x[i] + x[(i + 7) % n];
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n; i++)
            x[i] = 0.5f * work[n - 1 - i];
    }
    for (int i = 0; i < n; i++)
        work[i] = x[i] * (float)(i & 1);
    for (int i = 0; i < n; i++)
        sum += work[i];
    printf("sum %.3f\n", sum);
    free(x);
    free(work);
    return 0;
}
