// SPDX-License-Identifier: Apache-2.0
/*
 * private_arrays: work arrays that every iteration fills before it reads them.
 *
 * Exercises: scalars and arrays declared outside of the loop (memory-based privatization), a
 * scratch array whose written part depends on the iteration (value-based: every element that is
 * read was written in the same iteration), a malloc'd scratch line, a scratch array that is NOT
 * private (one element survives from iteration to iteration), one that is read after the loop.
 */
#include <stdio.h>
#include <stdlib.h>

#define NV 5
#define LINE 33

static double lines[128][LINE], blurred[128][LINE];

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 101;
    double w[NV], tmp[LINE], q, stale[NV];
    double *u = malloc(sizeof(double) * n * NV), *r = malloc(sizeof(double) * n * NV);
    double *line = malloc(sizeof(double) * LINE);
    double *carry = malloc(sizeof(double) * (n + 1));
    int i, j, k, m;

    if (n > 128)
        return 2;
    for (i = 0; i < n; i++)                     /* L:init */
        for (m = 0; m < NV; m++) {              /* L:init_m */
            u[i * NV + m] = 1.0 + ((i * 3 + m * 7) % 13) * 0.25;
            r[i * NV + m] = 0.0;
        }
    for (i = 0; i < n; i++)                     /* L:init_lines */
        for (j = 0; j < LINE; j++)              /* L:init_lines_j */
            lines[i][j] = (i * j) % 19;

    /* NPB style: per-point vector and a reciprocal, all declared on top */
    for (i = 0; i < n; i++) {                   /* L:point */
        q = 1.0 / u[i * NV];
        for (m = 0; m < NV; m++)                /* L:point_load */
            w[m] = u[i * NV + m] * q;
        for (m = 0; m < NV; m++)                /* L:point_flux */
            r[i * NV + m] = w[m] * w[(m + 1) % NV] - w[0];
    }

    /* the part of tmp that is written depends on i, and only that part is read */
    for (i = 0; i < n; i++) {                   /* L:window */
        int lo = i % 7, hi = LINE - i % 5;
        for (j = lo; j < hi; j++)               /* L:window_fill */
            tmp[j] = lines[i][j] * 0.5;
        for (j = lo + 1; j < hi - 1; j++)       /* L:window_blur */
            blurred[i][j] = tmp[j - 1] + tmp[j] + tmp[j + 1];
    }

    /* malloc'd line buffer: two passes over it, in place */
    for (i = 0; i < n; i++) {                   /* L:buffer */
        for (j = 0; j < LINE; j++)              /* L:buffer_fill */
            line[j] = lines[i][j];
        for (j = 1; j < LINE; j++)              /* L:buffer_scan */
            line[j] += line[j - 1];
        for (j = 0; j < LINE; j++)              /* L:buffer_store */
            lines[i][j] = line[LINE - 1 - j];
    }

    /* stale[0] is written in some iterations only: not private */
    for (k = 0; k < NV; k++)                    /* L:stale_init */
        stale[k] = 100.0 + k;
    carry[n] = -1.0;
    for (i = 0; i < n; i++) {                   /* L:stale */
        if (i % 3 == 0)
            stale[0] = u[i * NV];
        stale[1] = stale[0] * 2.0;
        carry[i] = stale[0] + stale[1];
    }

    double sr = 0, sb = 0, sl = 0, sc = 0;
    for (i = 0; i < n; i++) {                   /* L:sum */
        for (m = 0; m < NV; m++)                /* L:sum_m */
            sr += r[i * NV + m] * (m + 1) + i % 2;
        for (j = 0; j < LINE; j++) {            /* L:sum_j */
            sb += blurred[i][j] * (j % 4 + 1);
            sl += lines[i][j] * (j % 3 + 1);
        }
        sc += carry[i] * (i % 5 + 1);
    }
    printf("%.9f %.6f %.6f %.6f\n", sr, sb, sl, sc);
    printf("%.6f %.6f %.6f %.6f %.6f %.1f\n", line[0], line[LINE - 1], stale[0], stale[1], stale[4],
           carry[n]);
    free(u); free(r); free(line); free(carry);
    return 0;
}
