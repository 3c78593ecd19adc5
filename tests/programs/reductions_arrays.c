// SPDX-License-Identifier: Apache-2.0
/*
 * reductions_arrays: sums into array elements and into whole arrays.
 *
 * Exercises: constant elements (m[0] += ..., m[1] += ...), an element that is invariant in the
 * loop (sum[c] with c fixed), column sums over rows (a whole array, or interchange), row sums into
 * memory, a min-max pair of arrays, a reduction array with an offset (only part of it is touched).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 5 };

static double column_sum[64];
static long tally[CLASSES];

static void columns(int rows, int cols, const double *restrict a)
{
    for (int i = 0; i < rows; i++)              /* L:col_i */
        for (int j = 0; j < cols; j++)          /* L:col_j */
            column_sum[j + 1] += a[i * cols + j];
}

static void row_sums(int rows, int cols, const double *restrict a, double *restrict r)
{
    int i, j;
    for (i = 0; i < rows; i++)                  /* L:row_i */
        for (j = 0; j < cols; j++)              /* L:row_j */
            r[i] += a[i * cols + j];
}

int main(int argc, char **argv)
{
    int rows = argc > 1 ? atoi(argv[1]) : 503, cols = argc > 2 ? atoi(argv[2]) : 31;
    int size = rows * cols;
    double *a = malloc(size * sizeof(double));
    double *r = malloc((rows + 1) * sizeof(double));
    double m[3] = {0.5, 0.0, -1.0};
    double lo[2], hi[2];
    int c = rows % CLASSES;

    for (int i = 0; i < size; i++)              /* L:init */
        a[i] = (i * 17 % 103) * 0.125 - 5.0;
    for (int i = 0; i < 64; i++)                /* L:init_columns */
        column_sum[i] = -3.0;
    for (int i = 0; i <= rows; i++)             /* L:init_rows */
        r[i] = i;

    columns(rows, cols, a);
    row_sums(rows, cols, a, r);

    for (int i = 0; i < size; i++) {            /* L:moments */
        m[0] += a[i];
        m[1] += a[i] * a[i];
        m[2] += a[i] * a[i] * a[i];
    }
    for (int i = 0; i < size; i++)              /* L:element */
        if (a[i] > 0.0)
            tally[c] += i % 3;
    lo[0] = lo[1] = 1e30;
    hi[0] = hi[1] = -1e30;
    for (int i = 0; i < rows; i++) {            /* L:boxes */
        lo[0] = fmin(lo[0], a[i * cols]);
        hi[0] = fmax(hi[0], a[i * cols]);
        if (r[i] < lo[1]) lo[1] = r[i];
        if (r[i] > hi[1]) hi[1] = r[i];
    }
    for (int i = 0; i < size; i++)              /* L:classes */
        tally[i % CLASSES] += (long)(a[i] * 8.0);

    double cs = 0.0, rs = 0.0;
    for (int j = 0; j < 64; j++)                /* L:out_columns */
        cs += column_sum[j] * (j + 1);
    for (int i = 0; i <= rows; i++)             /* L:out_rows */
        rs += r[i] * (i % 3 + 1);
    printf("columns %.6f rows %.6f first %.3f last %.3f\n", cs, rs, column_sum[0], column_sum[63]);
    printf("moments %.6f %.6f %.6f\n", m[0], m[1], m[2]);
    printf("boxes %.4f %.4f %.4f %.4f\n", lo[0], lo[1], hi[0], hi[1]);
    printf("tally %ld %ld %ld %ld %ld r[rows] %.1f\n", tally[0], tally[1], tally[2], tally[3],
           tally[4], r[rows]);
    free(a);
    free(r);
    return 0;
}
