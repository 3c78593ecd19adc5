// SPDX-License-Identifier: Apache-2.0
/*
 * optional_arrays: arrays that are there only when a flag says so.
 *
 * Exercises: null pointers behind flags that loops do not change, in comparisons of one and two
 * parameters; both branches using one array; time loops around them; the pointer itself as the flag
 * and flags that the loop computes, which say nothing of a section.
 */
#include <stdio.h>
#include <stdlib.h>

static void shade(int n, int mode, double *restrict a, const double *restrict w)
{
    for (int i = 0; i < n; i++)                         /* L:shade */
        if (mode == 1)
            a[i] = a[i] * w[i];
        else
            a[i] = 0.5 * a[i];
}

static void relax(int n, int steps, int weighted, int first, int last, double *restrict a,
                  const double *restrict w, double *restrict trace)
{
    for (int t = 0; t < steps; t++) {                   /* L:relax_t */
        for (int i = 1; i < n - 1; i++) {               /* L:relax_i */
            if (weighted)
                a[i] = a[i] * w[i + 1] * 0.25;
            if (first < last)
                trace[i] += a[i];
        }
        for (int i = 0; i < n; i++)                     /* L:relax_add */
            a[i] += 1.0;
    }
}

static void both(int n, int flags, double *restrict a, double *restrict w)
{
    for (int i = 0; i < n; i++)                         /* L:both */
        if (flags > 0 && flags < 3)
            w[i] = 2.0 * a[i];
        else if (flags == 7)
            w[i] = a[i] - 1.0;
}

static void apart(int n, int flags, double *restrict a, double *restrict w)
{
    for (int i = 0; i < n; i++)                         /* L:apart */
        if (flags > 1 && a[i] > 0)
            w[i] = 2.0 * a[i];
}

static void later(int n, int flag, double *restrict a, double *restrict w)
{
    for (int t = 0; t < 3; t++) {                       /* L:later_t */
        for (int i = 0; i < n; i++)                     /* L:later_i */
            if (flag > t - t)
                w[i] += a[i];
        flag = 0;
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 100, mode = argc > 2 ? atoi(argv[2]) : 1;
    double *a = malloc((n + 1) * sizeof *a), sum = 0;
    double *w = mode > 0 ? malloc((n + 1) * sizeof *w) : NULL;
    double *trace = mode == 2 ? malloc((n + 1) * sizeof *trace) : NULL;
    for (int i = 0; i < n; i++) {                       /* L:fill */
        a[i] = i % 17;
        if (w)
            w[i] = 1 + i % 3;
        if (trace)
            trace[i] = 0;
    }
    shade(n, mode == 1, a, w);
    relax(n, 5, mode > 0, 3, mode == 2 ? 7 : 1, a, w, trace);
    both(n, mode == 2 ? 7 : mode, a, w);
    apart(n, 2 * mode, a, w);
    later(n, mode, a, w);
    for (int i = 0; i < n; i++)                         /* L:sum */
        sum += a[i] * (1 + i % 5) + (w ? w[i] : 0) + (trace ? trace[i] : 0);
    printf("%.10g\n", sum);
    free(a);
    free(w);
    free(trace);
    return 0;
}
