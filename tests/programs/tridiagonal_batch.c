// SPDX-License-Identifier: Apache-2.0
/*
 * tridiagonal_batch: many independent tridiagonal systems (Thomas algorithm).
 *
 * Exercises: a parallel outer loop with true recurrences inside in both directions, VLA scratch
 * arrays that are private to the system, systems along rows and along columns (interleaved, the
 * coalesced layout), scalars re-assigned along the sweep, an ADI-like time loop of both.
 */
#include <stdio.h>
#include <stdlib.h>

static void solve_rows(int systems, int m, double lambda, double (*restrict x)[m])
{
    double cp[m], dp[m];                /* declared here: shared in C, private by use */
    double den;
    int s, i;

    for (s = 0; s < systems; s++) {                 /* L:rows */
        cp[0] = -lambda / (1.0 + 2.0 * lambda);
        dp[0] = x[s][0] / (1.0 + 2.0 * lambda);
        for (i = 1; i < m; i++) {                   /* L:rows_forward */
            den = 1.0 + 2.0 * lambda + lambda * cp[i - 1];
            cp[i] = -lambda / den;
            dp[i] = (x[s][i] + lambda * dp[i - 1]) / den;
        }
        x[s][m - 1] = dp[m - 1];
        for (i = m - 2; i >= 0; i--)                /* L:rows_backward */
            x[s][i] = dp[i] - cp[i] * x[s][i + 1];
    }
}

static void solve_columns(int n, int m, double lambda, double *restrict x, double *restrict cp,
                          double *restrict dp)
{
    for (int s = 0; s < m; s++) {                   /* L:columns */
        double beta = 1.0 + 2.0 * lambda;
        cp[s] = -lambda / beta;
        dp[s] = x[s] / beta;
        for (int i = 1; i < n; i++) {               /* L:columns_forward */
            double den = beta + lambda * cp[(i - 1) * m + s];
            cp[i * m + s] = -lambda / den;
            dp[i * m + s] = (x[i * m + s] + lambda * dp[(i - 1) * m + s]) / den;
        }
        x[(n - 1) * m + s] = dp[(n - 1) * m + s];
        for (int i = n - 2; i >= 0; --i)            /* L:columns_backward */
            x[i * m + s] = dp[i * m + s] - cp[i * m + s] * x[(i + 1) * m + s];
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 71, m = argc > 2 ? atoi(argv[2]) : 43;
    int steps = argc > 3 ? atoi(argv[3]) : 5;
    double (*x)[m] = malloc(n * sizeof *x);
    double *cp = calloc((size_t)n * m, sizeof(double)), *dp = calloc((size_t)n * m, sizeof(double));
    double sx = 0, sc = 0;

    for (int i = 0; i < n; i++)                     /* L:init */
        for (int j = 0; j < m; j++)                 /* L:init_j */
            x[i][j] = (i * 5 + j * 11) % 23 - 11.0;
    for (int t = 0; t < steps; t++) {               /* L:time */
        solve_rows(n, m, 0.25, x);
        solve_columns(n, m, 0.5, &x[0][0], cp, dp);
    }
    for (int i = 0; i < n; i++)                     /* L:sum */
        for (int j = 0; j < m; j++) {               /* L:sum_j */
            sx += x[i][j] * ((i + j) % 7 + 1);
            sc += cp[i * m + j] * (i % 3 + 1) + dp[i * m + j];
        }
    printf("%.12f %.9f\n%.12f %.12f\n", sx, sc, x[0][0], x[n - 1][m - 1]);
    free(x); free(cp); free(dp);
    return 0;
}
