// SPDX-License-Identifier: Apache-2.0
// correct: the host goes on with the values that the device started from, to check the device's result:
// where both share their memory this says FAIL, on a device with memory of its own it is right.
#include <stdio.h>
#include <stdlib.h>

static void step(int *a, int *momentum, int n) {
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++) {
        momentum[i] = momentum[i] / 2 + 1;
        a[i] += momentum[i];
    }
}

int main(void) {
    enum { N = 200 };
    int *a = malloc(N * sizeof *a), *momentum = malloc(N * sizeof *momentum);
    int expected[N], bad = 0;
    for (int i = 0; i < N; i++) {
        a[i] = expected[i] = i;
        momentum[i] = 8 * i;
    }
#pragma omp target data map(tofrom: a[0:N]) map(to: momentum[0:N])
    {
        step(a, momentum, N);
        step(a, momentum, N);
    }
    for (int again = 0; again < 2; again++)
        for (int i = 0; i < N; i++) {
            momentum[i] = momentum[i] / 2 + 1;
            expected[i] += momentum[i];
        }
    for (int i = 0; i < N; i++)
        bad += a[i] != expected[i];
    free(a);
    free(momentum);
    puts(bad ? "FAIL" : "PASS");
    return 0;
}
