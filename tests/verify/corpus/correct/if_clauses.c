// SPDX-License-Identifier: Apache-2.0
// correct: thresholds: small sizes stay on the host, data environments follow them
#include <stdio.h>
#include <stdlib.h>

static double work(double *v, int n, int threshold) {
    double sum = 0;
#pragma omp target data map(tofrom : v[0 : n]) if (n > threshold)
    {
#pragma omp target teams distribute parallel for map(tofrom : v[0 : n]) if (target : n > threshold)
        for (int i = 0; i < n; i++)
            v[i] = v[i] * 2 + 1;
#pragma omp target teams distribute parallel for map(tofrom : v[0 : n], sum) reduction(+ : sum)    \
    if (target : n > threshold)
        for (int i = 0; i < n; i++)
            sum += v[i];
#pragma omp target update from(v[0 : n]) if (n > threshold)
        v[0] += sum;
#pragma omp target update to(v[0 : 1]) if (n > threshold)
    }
    return v[0];
}

int main(void) {
    double *v = malloc(64 * sizeof *v);
    for (int n = 8; n <= 64; n *= 2) {
        for (int i = 0; i < n; i++)
            v[i] = i;
        double first = work(v, n, 20);
        printf("%d: %.1f %.1f\n", n, first, v[n - 1]);
    }
    free(v);
    return 0;
}
