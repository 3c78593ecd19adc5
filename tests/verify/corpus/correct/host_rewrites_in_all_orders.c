// SPDX-License-Identifier: Apache-2.0
// correct: the host renews what was newer on the device (upwards, downwards, by columns, bytes of
// several sizes) and reads only what it renewed
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 48 };

static short grid[N][N];

static void renew_on_device(int n, double *v, short (*g)[N]) {
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        v[i] += 1.0;
#pragma omp target teams distribute parallel for
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            g[i][j] += 1;
}

int main(void) {
    int n = 2000;
    double *v = calloc(n, sizeof *v), sum = 0.0;
    long total = 0;
#pragma omp target enter data map(to : v[0 : n], grid)
    renew_on_device(n, v, grid);
    for (int i = 0; i < n / 2; i++)
        v[i] = i;
    for (int i = 0; i < n / 2; i++)
        sum += v[i];
    for (int i = n - 1; i >= n / 2; i--)
        v[i] = -i;
    for (int i = n / 2; i < n; i++)
        sum += v[i];
    for (int j = 0; j < N; j++)
        for (int i = 0; i < N; i++)
            grid[i][j] = (short)(i + j);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            total += grid[i][j];
#pragma omp target update to(v[0 : n], grid)
    renew_on_device(n, v, grid);
    memset(v, 0, n / 2 * sizeof *v);
    for (int i = 0; i < n / 2; i += 3)
        sum += v[i];
    for (int i = 1; i < n; i += 7)
        v[i] = 2.0;
    for (int i = 1; i < n; i += 7)
        sum += v[i];
#pragma omp target exit data map(from : grid) map(delete : v[0 : n])
    printf("%.1f %ld %d\n", sum, total, grid[3][4]);
    free(v);
    return 0;
}
