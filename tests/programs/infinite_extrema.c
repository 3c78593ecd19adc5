// SPDX-License-Identifier: Apache-2.0
/*
 * infinite_extrema: minima and maxima that start from an infinity, or from a value that is not known.
 *
 * Exercises: no elements and elements that are all infinite, for which the built-in reduction gives
 * the largest finite number; a start that is not a number, which fmax and a comparison treat
 * differently; a start that is a finite constant, for which the built-in reduction is right.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double greatest(const double *a, int n)
{
    double best = -INFINITY;
    for (int i = 0; i < n; i++)         /* L:greatest */
        if (a[i] > best)
            best = a[i];
    return best;
}

static float least(const float *b, int n, float start)
{
    for (int i = 0; i < n; i++)         /* L:least */
        start = fminf(start, b[i]);
    return start;
}

static double compared(const double *a, int n, double start)
{
    for (int i = 0; i < n; i++)         /* L:compared */
        start = a[i] > start ? a[i] : start;
    return start;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1003;
    double *a = malloc((n + 8) * sizeof *a), zero = 0.0, first;
    float *b = malloc((n + 8) * sizeof *b);
    double minus = log(zero);
    float plus = (float)-minus;

    for (int i = 0; i < n + 8; i++) {   /* L:init */
        a[i] = minus;
        b[i] = plus;
    }
    printf("%g %g %g\n", greatest(a, n), least(b, n, plus), compared(a, n, minus));
    a[n / 2] = 4.0;
    b[n / 3] = -3.0f;
    printf("%g %g %g\n", greatest(a, n), least(b, n, NAN), compared(a, n, NAN));
    first = a[0];
    for (int i = 1; i < n; i++)         /* L:from_first */
        if (a[i] > first)
            first = a[i];
    double known = -1.0e30;
    for (int i = 0; i < n; i++)         /* L:known */
        if (a[i] > known)
            known = a[i];
    printf("%g %g\n", first, known);
    free(a);
    free(b);
    return 0;
}
