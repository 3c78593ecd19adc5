// SPDX-License-Identifier: Apache-2.0
// fault: the host reads the result of a nowait region before anything waits for it
// tier: T1
// kind: output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 100;
    double *a = malloc(n * sizeof *a), sum = 0;
    int was_read = 0, seen = 0;
    for (int i = 0; i < n; i++)
        a[i] = 1.0;
#pragma omp parallel firstprivate(seen)
    {
#pragma omp masked
        {
#pragma omp target nowait map(tofrom : a[0 : n])
            for (int i = 0; i < n; i++)
                a[i] += i;
            for (int i = 0; i < n; i++)
                sum += a[i]; // HERE
#pragma omp atomic write
            was_read = 1;
        }
        while (!seen) { // nobody takes the task before the host has read
#pragma omp atomic read
            seen = was_read;
        }
#pragma omp barrier
    }
    printf("sum %.1f\n", sum);
    free(a);
    return 0;
}
