// SPDX-License-Identifier: Apache-2.0
/*
 * reductions_mixed: reductions as they occur in statistics and norms.
 *
 * Exercises: conditional sums and counts in one loop, nested reductions through a row sum, three
 * accumulators at once, an accumulator behind a pointer parameter and in a global, accumulators of
 * the wrong kind (read in between, two different operators on one variable).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double global_sum;
static long long global_count = 100;

#define SQR(x) ((x) * (x))

static void moments(const double *restrict a, int n, double *restrict mean, double *restrict var)
{
    double m = 0.0, v = 0.0;
    int i;

    for (i = 0; i < n; i++)             /* L:mean */
        m += a[i];
    m /= n;
    for (i = 0; i < n; i++)             /* L:var */
        v += SQR(a[i] - m);
    *mean = m;
    *var = v / n;
}

static void accumulate(const double *restrict a, int n, double *restrict out)
{
    for (int i = 0; i < n; i++)         /* L:through_pointer */
        *out += a[i] * 0.5;
}

static double norm_rows(int n, int m, double a[n][m])
{
    double total = 0.0, row;
    int i, j, nonzero = 0;

    for (i = 0; i < n; i++) {           /* L:rows */
        row = 0.0;
        for (j = 0; j < m; j++) {       /* L:cols */
            row += a[i][j] * a[i][j];
            if (a[i][j] != 0.0)
                ++nonzero;
        }
        total += sqrt(row);
    }
    printf("nonzero %d\n", nonzero);
    return total;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 97, m = argc > 2 ? atoi(argv[2]) : 41;
    double (*a)[m] = malloc(sizeof(double[n][m]));
    double *flat = &a[0][0], mean, var, out = 10.0;
    int size = n * m;

    for (int i = 0; i < n; i++)                 /* L:init_i */
        for (int j = 0; j < m; j++)             /* L:init_j */
            a[i][j] = ((i * 29 + j * 41) % 37 - 18) * 0.25;

    moments(flat, size, &mean, &var);
    accumulate(flat, size, &out);
    double norm = norm_rows(n, m, a);

    double below = 0.0, above = 0.0, lo = 1e9, hi = -1e9;
    int cb = 0, ca = 0;
    for (int i = 0; i < size; i++) {            /* L:split */
        if (flat[i] < mean) {
            below += flat[i];
            cb++;
        } else if (flat[i] > 1.0) {
            above += flat[i];
            ca += 2;
        }
        if (flat[i] < lo) lo = flat[i];
        if (flat[i] > hi) hi = flat[i];
    }
    for (int i = 0; i < size; i++) {            /* L:globals */
        global_sum += fabs(flat[i]);
        global_count += flat[i] > 0.0;
    }
    double tangled = 0.0, s = 0.0;
    for (int i = 0; i < size; i++) {            /* L:read_between */
        s += flat[i];
        tangled += s * 0.001;
    }
    double horner = 0.0;
    for (int i = 0; i < size; i++) {            /* L:two_operators */
        horner *= 0.75;
        horner += flat[i];
    }
    printf("mean %.9f var %.9f norm %.9f out %.9f\n", mean, var, norm, out);
    printf("%.6f %d %.6f %d %.3f %.3f\n", below, cb, above, ca, lo, hi);
    printf("%.6f %lld %.9f %.9f %.9f\n", global_sum, global_count, tangled, s, horner);
    free(a);
    return 0;
}
