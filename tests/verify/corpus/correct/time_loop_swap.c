// SPDX-License-Identifier: Apache-2.0
// correct: many small kernels in a time loop with swapped pointers and sparse output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 50;
    double *u = calloc(n, sizeof *u), *v = calloc(n, sizeof *v);
    double *now = u, *next = v;
    u[0] = v[0] = 100.0;
#pragma omp target enter data map(to : u[0 : n], v[0 : n])
    for (int step = 1; step <= 60; step++) {
#pragma omp target teams distribute parallel for map(to : now[0 : n]) map(from : next[0 : n])
        for (int i = 1; i < n - 1; i++)
            next[i] = now[i] + 0.4 * (now[i - 1] - 2 * now[i] + now[i + 1]);
        double *swap = now;
        now = next;
        next = swap;
        if (step % 20 == 0) {
#pragma omp target update from(now[1 : 5])
            printf("step %d: %.6f %.6f\n", step, now[1], now[5]);
        }
    }
#pragma omp target exit data map(from : now[0 : n]) map(release : next[0 : n])
    printf("middle %.8f\n", now[n / 4]);
    free(u);
    free(v);
    return 0;
}
