// SPDX-License-Identifier: Apache-2.0
// correct: to, from, tofrom, alloc, release, delete and always in one program
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 120;
    double *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
    double *acc = calloc(n, sizeof *acc), *tmp = malloc(n * sizeof *tmp), sum = 0;
    for (int i = 0; i < n; i++)
        in[i] = i % 11;
#pragma omp target enter data map(to : acc[0 : n]) map(alloc : tmp[0 : n])
    for (int round = 0; round < 3; round++) {
        in[round] = 100 + round;
#pragma omp target teams distribute parallel for map(always, to : in[0 : n]) map(tofrom : acc[0 : n])
        for (int i = 0; i < n; i++) {
            tmp[i] = in[i] * 2;
            acc[i] += tmp[i];
        }
    }
#pragma omp target teams distribute parallel for map(from : out[0 : n]) map(to : acc[0 : n])
    for (int i = 0; i < n; i++)
        out[i] = acc[i] + tmp[i];
#pragma omp target teams distribute parallel for map(always, from : acc[0 : n])
    for (int i = 0; i < n; i++)
        acc[i] -= 1;
    for (int i = 0; i < n; i++)
        sum += acc[i] + out[i];
#pragma omp target exit data map(release : acc[0 : n]) map(delete : tmp[0 : n])
    printf("sum %.1f\n", sum);
    free(in);
    free(out);
    free(acc);
    free(tmp);
    return 0;
}
