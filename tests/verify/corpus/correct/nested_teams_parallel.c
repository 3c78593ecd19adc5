// SPDX-License-Identifier: Apache-2.0
// correct: teams, distribute and parallel for as constructs of their own, team-local scratch
#include <stdio.h>
#include <stdlib.h>

enum { TILE = 8 };

int main(void) {
    int tiles = 10, n = tiles * TILE;
    double *v = malloc(n * sizeof *v), *sums = malloc(tiles * sizeof *sums), all = 0;
    for (int i = 0; i < n; i++)
        v[i] = i % 5;
#pragma omp target teams num_teams(4) map(tofrom : v[0 : n]) map(from : sums[0 : tiles])
    {
        double tile[TILE];
#pragma omp distribute
        for (int t = 0; t < tiles; t++) {
            double sum = 0;
#pragma omp parallel for
            for (int k = 0; k < TILE; k++)
                tile[k] = v[t * TILE + k] + k;
#pragma omp parallel for reduction(+ : sum)
            for (int k = 0; k < TILE; k++)
                sum += tile[TILE - 1 - k];
#pragma omp parallel for
            for (int k = 0; k < TILE; k++)
                v[t * TILE + k] = tile[(k + 1) % TILE] / (1 + sum);
            sums[t] = sum;
        }
    }
    for (int i = 0; i < n; i++)
        all += v[i];
    printf("all %.6f sums %.1f %.1f\n", all, sums[0], sums[tiles - 1]);
    free(v);
    free(sums);
    return 0;
}
