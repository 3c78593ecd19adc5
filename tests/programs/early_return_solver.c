// SPDX-License-Identifier: Apache-2.0
/*
 * early_return_solver: red-black SOR whose time loop returns from its middle.
 *
 * Exercises: data resident around a loop that is left by return (a target data block would be left
 * by a branch, which OpenMP forbids: enter/exit data or a rewritten exit), one by break, one by
 * goto; a max reduction that decides; a static function with an int status.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned long ulong_t;

static int sor(double *p, const double *f, int n, double omega, double tol, int maxit)
{
    double change;

    for (int it = 1; it <= maxit; it++) {               /* L:iterate */
        change = 0.0;
        for (int i = 1; i < n - 1; i++)                 /* L:red_i */
            for (int j = 1 + i % 2; j < n - 1; j += 2) {        /* L:red_j */
                double d = 0.25 * (p[(i - 1) * n + j] + p[(i + 1) * n + j] + p[i * n + j - 1]
                                   + p[i * n + j + 1] - f[i * n + j]) - p[i * n + j];
                p[i * n + j] += omega * d;
                change = fmax(change, fabs(d));
            }
        for (int i = 1; i < n - 1; i++)                 /* L:black_i */
            for (int j = 2 - i % 2; j < n - 1; j += 2) {        /* L:black_j */
                double d = 0.25 * (p[(i - 1) * n + j] + p[(i + 1) * n + j] + p[i * n + j - 1]
                                   + p[i * n + j + 1] - f[i * n + j]) - p[i * n + j];
                p[i * n + j] += omega * d;
                if (fabs(d) > change)
                    change = fabs(d);
            }
        if (change < tol)
            return it;
        if (!(change < 1e6))
            return -it;
    }
    return 0;
}

static int relax(double *restrict x, double *restrict y, ulong_t n, int limit)
{
    int status = 1, t;

    for (t = 0; t < limit; t++) {                       /* L:relax_time */
        double norm = 0.0;
        for (ulong_t i = 1; i < n - 1; i++)             /* L:relax_y */
            y[i] = 0.5 * (x[i - 1] + x[i + 1]);
        for (ulong_t i = 1; i < n - 1; i++) {           /* L:relax_x */
            norm += (y[i] - x[i]) * (y[i] - x[i]);
            x[i] = y[i];
        }
        if (norm < 0.5)
            break;
        if (norm > 1e9) {
            status = 2;
            goto diverged;
        }
    }
    status = t;
diverged:
    return status;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 65;
    int maxit = argc > 2 ? atoi(argv[2]) : 40;
    size_t size = (size_t)n * n;
    double *p = calloc(size, sizeof *p), *f = calloc(size, sizeof *f), *q = calloc(size, sizeof *q);
    int i, status, relaxed;

    for (i = 0; i < (int)size; i++) {                   /* L:init */
        p[i] = i % n == 0 ? 1.0 : 0.0;
        f[i] = (i % 13 - 6) * 0.001;
    }
    status = sor(p, f, n, 1.5, argc > 3 ? atof(argv[3]) : 1e-3, maxit);
    relaxed = relax(p, q, size, 30);

    double sp = 0, sq = 0;
    for (i = 0; i < (int)size; i++) {                   /* L:sum */
        sp += p[i] * (i % 9 + 1);
        sq += q[i] * (i % 4 + 1);
    }
    printf("status %d relaxed %d\n%.9f %.9f\n", status, relaxed, sp, sq);
    printf("%.9f %.9f\n", p[size / 2], p[size - 1]);
    free(p); free(f); free(q);
    return 0;
}
