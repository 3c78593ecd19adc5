// SPDX-License-Identifier: Apache-2.0
// fault: within use_device_ptr the host itself reads through the device pointer
// tier: T2
// kind: host-reads-device-pointer
#include <stdio.h>
#include <stdlib.h>

static void twice(double *device, int n) {
#pragma omp target teams distribute parallel for is_device_ptr(device)
    for (int i = 0; i < n; i++)
        device[i] *= 2.0;
}

int main(void) {
    int n = 64;
    double *v = malloc(n * sizeof *v), peek = 0, sum = 0;
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target data map(tofrom : v[0 : n]) use_device_ptr(v)
    {
        twice(v, n);
        peek = v[5]; // HERE
    }
    for (int i = 0; i < n; i++)
        sum += v[i];
    printf("peek %.1f sum %.1f\n", peek, sum);
    free(v);
    return 0;
}
