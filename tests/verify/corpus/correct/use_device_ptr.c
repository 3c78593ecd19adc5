// SPDX-License-Identifier: Apache-2.0
// correct: use_device_ptr and use_device_addr hand device addresses to functions
#include <stdio.h>
#include <stdlib.h>

static void offset(int *device, int n, int by) {
#pragma omp target teams distribute parallel for is_device_ptr(device)
    for (int i = 0; i < n; i++)
        device[i] += by;
}

int main(void) {
    int n = 45, *v = malloc(n * sizeof *v), fixed[20], sum = 0;
    for (int i = 0; i < n; i++)
        v[i] = i;
    for (int i = 0; i < 20; i++)
        fixed[i] = -i;
#pragma omp target data map(tofrom : v[0 : n], fixed)
    {
#pragma omp target data use_device_ptr(v)
        {
            offset(v, n, 4);
            offset(v + 5, n - 5, 6);
        }
#pragma omp target data use_device_addr(fixed)
        offset(fixed, 20, 1);
#pragma omp target update from(v[0 : n])
        sum = v[0] + v[n - 1];
    }
    for (int i = 0; i < 20; i++)
        sum += fixed[i];
    printf("sum %d v[5] %d\n", sum, v[5]);
    free(v);
    return 0;
}
