// SPDX-License-Identifier: Apache-2.0
// fault: the accumulator is mapped with alloc and never cleared on the device
// tier: T2
// kind: output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 65536; // so large that the memory is fresh from the system: all zeros
    double *sum = calloc(n, sizeof *sum), total = 0;
#pragma omp target data map(alloc : sum[0 : n])
    {
        for (int step = 1; step <= 3; step++) {
#pragma omp target teams distribute parallel for
            for (int i = 0; i < n; i++)
                sum[i] += step * (i % 4);
        }
#pragma omp target teams distribute parallel for map(tofrom : total) reduction(+ : total)
        for (int i = 0; i < n; i++)
            total += sum[i];
    }
    printf("total %.1f\n", total);
    free(sum);
    return 0;
}
