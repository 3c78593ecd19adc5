// SPDX-License-Identifier: Apache-2.0
// fault: the host initialises memory of omp_target_alloc directly
// tier: T2
// kind: host-reads-device-pointer
#include <omp.h>
#include <stdio.h>

int main(void) {
    int n = 50, device = omp_get_default_device();
    long sum = 0;
    long *d = omp_target_alloc(n * sizeof *d, device);
    if (!d)
        return 1;
    for (int i = 0; i < n; i++)
        d[i] = i + 1; // HERE
#pragma omp target teams distribute parallel for is_device_ptr(d) map(tofrom : sum)                \
    reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += d[i];
    omp_target_free(d, device);
    printf("sum %ld\n", sum);
    return 0;
}
