// SPDX-License-Identifier: Apache-2.0
/*
 * interchange_columns: nests in the wrong order for a device.
 *
 * Exercises: a recurrence along the outer loop with a parallel inner loop (interchange exposes an
 * outer parallel loop), a column-major walk of a row-major array (interchange coalesces), ADI-like
 * line sweeps in both directions, a nest where interchange is illegal (direction (<, >)).
 */
#include <stdio.h>
#include <stdlib.h>

#define NX 509
#define NY 389

static double u[NX][NY], v[NX][NY], w[NY][NX];

static void fill(void)
{
    for (int i = 0; i < NX; ++i)            /* L:fill_i */
        for (int j = 0; j < NY; ++j) {      /* L:fill_j */
            u[i][j] = ((i * 5 + j * 3) % 23) / 23.0;
            v[i][j] = 1.0 + ((i + j) % 4) * 0.25;
            w[j][i] = 0.0;
        }
}

static void sweep_down(void)
{
    int i, j;
    for (i = 1; i < NX; ++i)                /* L:down_i */
        for (j = 0; j < NY; ++j)            /* L:down_j */
            u[i][j] = 0.5 * u[i - 1][j] + u[i][j] / v[i][j];
}

static void sweep_up(void)
{
    int i, j;
    for (i = NX - 2; i >= 0; --i)           /* L:up_i */
        for (j = 0; j < NY; ++j)            /* L:up_j */
            u[i][j] += 0.25 * u[i + 1][j];
}

static void sweep_rows(void)
{
    for (int i = 0; i < NX; ++i)            /* L:rows_i */
        for (int j = 1; j < NY; ++j)        /* L:rows_j */
            v[i][j] = 0.5 * (v[i][j - 1] + u[i][j]);
}

static void column_major(void)
{
    for (int j = 0; j < NY; ++j)            /* L:cm_j */
        for (int i = 0; i < NX; ++i)        /* L:cm_i */
            v[i][j] = v[i][j] * 1.5 + u[i][j];
}

static void skewed(void)
{
    for (int i = 1; i < NX; ++i)            /* L:skew_i */
        for (int j = 0; j < NY - 1; ++j)    /* L:skew_j */
            u[i][j] = u[i - 1][j + 1] * 0.5 + 0.125;
}

int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 4;
    double su = 0.0, sv = 0.0, sw = 0.0;

    fill();
    for (int t = 0; t < steps; ++t) {       /* L:time */
        sweep_down();
        sweep_up();
        sweep_rows();
        column_major();
    }
    skewed();
    for (int i = 0; i < NX; ++i)            /* L:transpose_i */
        for (int j = 0; j < NY; ++j)        /* L:transpose_j */
            w[j][i] = u[i][j] - v[i][j];

    for (int i = 0; i < NX; ++i)            /* L:sum_i */
        for (int j = 0; j < NY; ++j) {      /* L:sum_j */
            su += u[i][j] * (1 + (i + j) % 5);
            sv += v[i][j] * (1 + (2 * i + j) % 7);
            sw += w[j][i] * (1 + (i + 3 * j) % 3);
        }
    printf("%.9f %.9f %.9f\n", su, sv, sw);
    printf("%.9f %.9f %.9f\n", u[0][NY - 1], v[NX - 1][0], w[NY - 1][NX - 1]);
    return 0;
}
