// SPDX-License-Identifier: Apache-2.0
// correct: the input is copied to the device again before each launch, to run the same kernel twice. On a
// host that shares its memory with the device the second launch finds the first one's output: the
// program's run on the host says FAIL, which is no fault of its run on a device.
#include <stdio.h>

int main(void) {
    enum { N = 300 };
    int a[N], b[N], bad = 0;
    for (int i = 0; i < N; i++)
        a[i] = b[i] = i;
#pragma omp target data map(from: a[0:N])
    {
        for (int again = 0; again < 2; again++) {
#pragma omp target update to(a[0:N])
#pragma omp target teams distribute parallel for
            for (int i = 0; i < N; i++)
                a[i] = 3 * a[i] + 1;
        }
    }
    for (int i = 0; i < N; i++)
        bad += a[i] != 3 * b[i] + 1;
    printf("kernel time: %d ms\n", bad);
    puts(bad ? "FAIL" : "PASS");
    return 0;
}
