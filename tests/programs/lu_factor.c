// SPDX-License-Identifier: Apache-2.0
/*
 * lu_factor: LU factorization without pivoting, then forward and backward substitution.
 *
 * Exercises: a serial outer loop whose index bounds the parallel nests inside (k + 1 .. n), data
 * resident over the k loop, triangular solves with a negative step (true recurrences), an inner
 * reduction that starts from an array element.
 */
#include <stdio.h>
#include <stdlib.h>

static void factor(int n, double a[n][n])
{
    for (int k = 0; k < n; k++) {               /* L:pivot */
        for (int i = k + 1; i < n; i++)         /* L:scale */
            a[i][k] /= a[k][k];
        for (int i = k + 1; i < n; i++)         /* L:update_i */
            for (int j = k + 1; j < n; j++)     /* L:update_j */
                a[i][j] -= a[i][k] * a[k][j];
    }
}

static void solve(int n, double a[n][n], const double *b, double *x)
{
    for (int i = 0; i < n; i++) {               /* L:forward */
        double s = b[i];
        for (int j = 0; j < i; j++)             /* L:forward_dot */
            s -= a[i][j] * x[j];
        x[i] = s;
    }
    for (int i = n - 1; i >= 0; i--) {          /* L:backward */
        for (int j = n - 1; j > i; j--)         /* L:backward_dot */
            x[i] -= a[i][j] * x[j];
        x[i] = x[i] / a[i][i];
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 67;
    double (*a)[n] = malloc(sizeof(double[n][n]));
    double *b = malloc(n * sizeof *b);
    double *x = calloc(n, sizeof *x);
    if (!a || !b || !x)
        return 1;

    for (int i = 0; i < n; i++) {               /* L:init_i */
        for (int j = 0; j < n; j++)             /* L:init_j */
            a[i][j] = (i == j ? n : 0) + (double)((i * 5 + j * 3) % 17) / 17.0;
        b[i] = i % 10 - 4.5;
    }
    factor(n, a);
    solve(n, a, b, x);

    double upper = 0.0, lower = 0.0, sx = 0.0;
    for (int i = 0; i < n; i++) {               /* L:sum_i */
        for (int j = 0; j < n; j++)             /* L:sum_j */
            if (j < i)
                lower += a[i][j] * (1 + j % 3);
            else
                upper += a[i][j] * (1 + i % 3);
        sx += x[i] * (i + 1);
    }
    printf("L %.9f U %.9f x %.9f\n", lower, upper, sx);
    printf("a[n-1][0] %.9f x[0] %.9f x[n-1] %.9f\n", a[n - 1][0], x[0], x[n - 1]);
    free(a);
    free(b);
    free(x);
    return 0;
}
