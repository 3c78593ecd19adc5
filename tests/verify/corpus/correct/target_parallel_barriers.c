// SPDX-License-Identifier: Apache-2.0
// correct: one parallel region with barriers, single, masked, sections and a lock-step exchange
#include <omp.h>
#include <stdio.h>

int main(void) {
    int n = 60, a[60], b[60], count = 0, total = 0, left = 0, right = 0;
    for (int i = 0; i < n; i++)
        a[i] = i;
#pragma omp target map(tofrom : a, total, count, left, right) map(alloc : b)
#pragma omp parallel
    {
#pragma omp single
        count = omp_get_num_threads();
#pragma omp for
        for (int i = 0; i < n; i++)
            b[i] = a[(i + 1) % n];
#pragma omp for
        for (int i = 0; i < n; i++)
            a[i] = b[n - 1 - i] + (count > 0);
#pragma omp sections
        {
#pragma omp section
            left = a[0];
#pragma omp section
            right = a[n - 1];
        }
#pragma omp masked
        total = left + right;
#pragma omp barrier
#pragma omp for
        for (int i = 0; i < n; i++)
            a[i] += total;
    }
    printf("threads %s a %d %d total %d\n", count > 0 ? "yes" : "no", a[0], a[n - 1], total);
    return 0;
}
