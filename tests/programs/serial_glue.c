// SPDX-License-Identifier: Apache-2.0
/*
 * serial_glue: little serial statements between kernels that would force a round trip.
 *
 * Exercises: periodic boundary exchange of single elements, four corner values, a scalar that is
 * computed from array elements and used by the next kernel, a short first-order recurrence on a
 * coefficient array, an O(sqrt n) border loop.  All of it is cheaper on the device than moving the
 * arrays each step.
 */
#include <stdio.h>
#include <stdlib.h>

#define NC 24

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 301;
    int steps = argc > 2 ? atoi(argv[2]) : 15;
    double *u = malloc(sizeof(double) * n), *v = malloc(sizeof(double) * n);
    double (*g)[n] = malloc(sizeof(double[n][n]));
    double c[NC];
    int i, j, t;

    if (n < 4 || !u || !v || !g)
        return 1;
    for (i = 0; i < n; i++) {                   /* L:init */
        u[i] = (i * i % 23) * 0.125;
        v[i] = 0.0;
        for (j = 0; j < n; j++)                 /* L:init_g */
            g[i][j] = (i + 2 * j) % 9;
    }
    for (i = 0; i < NC; i++)                    /* L:init_c */
        c[i] = 1.0 / (i + 2);

    for (t = 0; t < steps; t++) {               /* L:time */
        for (i = 1; i < n - 1; i++)             /* L:forward */
            v[i] = u[i] + 0.25 * (u[i - 1] - 2.0 * u[i] + u[i + 1]);

        /* glue: periodic ends, one scalar, a short recurrence */
        v[0] = v[n - 2];
        v[n - 1] = v[1];
        double shift = 0.5 * (v[2] - v[n - 3]);
        for (i = 1; i < NC; i++)                /* L:coefficients */
            c[i] = 0.5 * c[i - 1] + 0.25 * c[i] + 0.001 * shift;

        for (i = 0; i < n; i++)                 /* L:backward */
            u[i] = v[i] * (1.0 - 0.01 * c[i % NC]) + shift * 0.01;

        for (i = 1; i < n - 1; i++)             /* L:plane_i */
            for (j = 1; j < n - 1; j++)         /* L:plane_j */
                g[i][j] = 0.5 * g[i][j] + 0.25 * (u[i] + u[j]);
        for (j = 0; j < n; j++) {               /* L:border */
            g[0][j] = g[1][j];
            g[n - 1][j] = g[n - 2][j];
        }
        g[0][0] = g[0][n - 1] = 0.5 * (g[1][1] + g[n - 2][n - 2]);
    }

    double su = 0, sv = 0, sg = 0, sc = 0;
    for (i = 0; i < n; i++) {                   /* L:sum */
        su += u[i] * (i % 5 + 1);
        sv += v[i] * (i % 7 + 1);
        for (j = 0; j < n; j++)                 /* L:sum_g */
            sg += g[i][j] * ((i + 3 * j) % 11 + 1);
    }
    for (i = 0; i < NC; i++)                    /* L:sum_c */
        sc += c[i] * (i + 1);
    printf("%.9f %.9f %.6f %.9f\n", su, sv, sg, sc);
    printf("%.9f %.9f %.9f\n", u[0], v[n - 1], g[0][n - 1]);
    free(u); free(v); free(g);
    return 0;
}
