// SPDX-License-Identifier: Apache-2.0
// correct: sections of length zero, NULL pointers and loops that do not run
#include <stdio.h>
#include <stdlib.h>

static int count_positive(const int *v, int n) {
    int count = 0;
#pragma omp target teams distribute parallel for map(to : v[0 : n]) map(tofrom : count)            \
    reduction(+ : count)
    for (int i = 0; i < n; i++)
        count += v[i] > 0;
    return count;
}

static void bump(int *v, int n) {
#pragma omp target teams distribute parallel for map(tofrom : v[0 : n])
    for (int i = 0; i < n; i++)
        v[i]++;
}

int main(void) {
    int n = 30, *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i - 10;
    printf("%d %d %d\n", count_positive(v, n), count_positive(v, 0), count_positive(NULL, 0));
    bump(NULL, 0);
    bump(v + n, 0);
    bump(v, n);
#pragma omp target data map(tofrom : v[0 : 0])
    bump(v + 4, n - 4);
    printf("%d\n", count_positive(v, n));
    free(v);
    return 0;
}
