// SPDX-License-Identifier: Apache-2.0
/*
 * argmin_argmax: extremum together with its place; ties decide between < and <=.
 *
 * Exercises: first and last minimum, maximum of absolute values (pivot search), argmax over a 2-D
 * nest with two indices, index only (a[i] < a[best]), a macro spelling, a pair in a struct, an
 * inner argmin per row that is private to the row (nearest neighbour).  The data has many ties.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define UPDATE_MAX(v, i, best, at) \
    if ((v) > (best)) {            \
        (best) = (v);              \
        (at) = (i);                \
    }

typedef struct { double value; int index; } extremum;

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1501;
    int rows = argc > 2 ? atoi(argv[2]) : 43;
    double *a = malloc(n * sizeof *a);
    int *nearest = malloc(rows * sizeof *nearest);
    int i, j;

    for (i = 0; i < n; i++)                 /* L:init */
        a[i] = (double)((i * 61 + 17) % 29) - 14.0;
    for (i = 0; i < rows; i++)              /* L:init_rows */
        nearest[i] = -1;

    double first = a[0];
    int at_first = 0;
    for (i = 1; i < n; i++) {               /* L:first_min */
        if (a[i] < first) {
            first = a[i];
            at_first = i;
        }
    }
    double last = 1e300;
    int at_last = -1;
    for (i = 0; i < n; i++)                 /* L:last_min */
        if (a[i] <= last) {
            last = a[i];
            at_last = i;
        }
    double pivot = 0.0;
    int at_pivot = n;
    for (i = n / 3; i < n; i++) {           /* L:pivot */
        double t = fabs(a[i]);
        UPDATE_MAX(t, i, pivot, at_pivot)
    }
    int best = 0;
    for (i = 0; i < n; i++)                 /* L:index_only */
        if (a[i] > a[best])
            best = i;
    extremum e = { -1e300, -1 };
    for (i = 0; i < n; i++)                 /* L:in_struct */
        if (a[i] * a[n - 1 - i] > e.value) {
            e.value = a[i] * a[n - 1 - i];
            e.index = i;
        }
    int cols = n / rows, bi = -1, bj = -1;
    double top = -1e300;
    for (i = 0; i < rows; i++)              /* L:nest_i */
        for (j = 0; j < cols; j++)          /* L:nest_j */
            if (a[i * cols + j] > top) {
                top = a[i * cols + j];
                bi = i;
                bj = j;
            }
    for (i = 0; i < rows; i++) {            /* L:nearest_i */
        double dmin = 1e300;
        int who = -1;
        for (j = 0; j < rows; j++) {        /* L:nearest_j */
            double d = fabs(a[i] - a[j]);
            if (j != i && d < dmin) {
                dmin = d;
                who = j;
            }
        }
        nearest[i] = who;
    }
    long sum = 0;
    for (i = 0; i < rows; i++)              /* L:sum */
        sum += (long)nearest[i] * (i + 1);
    printf("first %.2f@%d last %.2f@%d pivot %.2f@%d\n", first, at_first, last, at_last, pivot,
           at_pivot);
    printf("index %d struct %.2f@%d nest %.2f@%d,%d nearest %ld\n", best, e.value, e.index, top, bi,
           bj, sum);
    free(a);
    free(nearest);
    return 0;
}
