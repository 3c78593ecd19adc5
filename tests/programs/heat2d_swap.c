// SPDX-License-Identifier: Apache-2.0
/*
 * heat2d_swap: explicit 2-D heat equation on two linearized, malloc'd buffers.
 *
 * Exercises: time loop with a pointer swap, data resident around the time loop, collapse, a max
 * reduction through fmax() that the host prints every tenth step, a halo that is read after the
 * swap but never written.  Runs with no interior (n = 2) and with no step at all.
 * EXPECT: see heat2d_swap.toml, by loop tag.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 101;
    int steps = argc > 2 ? atoi(argv[2]) : 25;
    const double r = 0.1875;
    double *u = malloc((size_t)n * n * sizeof(double));
    double *v = malloc((size_t)n * n * sizeof(double));
    if (u == NULL || v == NULL)
        return 1;

    for (int i = 0; i < n; i++)         /* L:init_i */
        for (int j = 0; j < n; j++) {   /* L:init_j */
            u[i * n + j] = (i * 13 + j * 7) % 29 / 29.0;
            v[i * n + j] = 0.5 - (i + 2 * j) % 5;
        }

    for (int t = 0; t < steps; t++) {           /* L:time */
        for (int i = 1; i < n - 1; i++)         /* L:sweep_i */
            for (int j = 1; j < n - 1; j++)     /* L:sweep_j */
                v[i * n + j] = u[i * n + j]
                    + r * (u[(i - 1) * n + j] + u[(i + 1) * n + j]
                           + u[i * n + j - 1] + u[i * n + j + 1] - 4.0 * u[i * n + j]);
        if (t % 10 == 9) {
            double change = 0.0;
            for (int i = 1; i < n - 1; i++)         /* L:norm_i */
                for (int j = 1; j < n - 1; j++)     /* L:norm_j */
                    change = fmax(change, fabs(v[i * n + j] - u[i * n + j]));
            printf("step %3d  change %.9f\n", t, change);
        }
        double *w = u;
        u = v;
        v = w;
    }

    double sum_u = 0.0, sum_v = 0.0;
    for (int i = 0; i < n * n; i++) {   /* L:sum */
        sum_u += u[i] * (i % 7 + 1);
        sum_v += v[i] * (i % 5 + 1);
    }
    printf("u %.6f v %.6f corner %.6f %.6f\n", sum_u, sum_v, u[n * n - 1], v[n - 1]);
    free(u);
    free(v);
    return 0;
}
