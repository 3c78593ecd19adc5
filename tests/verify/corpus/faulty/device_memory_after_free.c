// SPDX-License-Identifier: Apache-2.0
// fault: the kernel uses device memory that was freed before
// tier: T2
// kind: unmapped
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 40, device = omp_get_default_device(), host = omp_get_initial_device(), bad = 0;
    int *v = malloc(n * sizeof *v), *d = omp_target_alloc(n * sizeof *d, device);
    for (int i = 0; i < n; i++)
        v[i] = i;
    if (!d || omp_target_memcpy(d, v, n * sizeof *v, 0, 0, device, host))
        return 1;
    omp_target_free(d, device);
#pragma omp target teams distribute parallel for is_device_ptr(d) map(tofrom : bad)                \
    reduction(+ : bad)
    for (int i = 0; i < n; i++)
        bad += d[i] == 123456789; // HERE
    printf("bad %d\n", bad);
    free(v);
    return 0;
}
