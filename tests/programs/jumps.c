// SPDX-License-Identifier: Apache-2.0
/*
 * jumps: goto and setjmp around and inside loops.
 *
 * Exercises: longjmp out of a loop through a call, a loop in a function that calls setjmp, a loop
 * made of goto, goto out of two levels, goto to a label at the end of the body (a continue), a jump
 * into the middle of the code that follows a kernel, a labelled loop.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf trap;

static double checked_sqrt(double x)
{
    if (x < 0.0)
        longjmp(trap, 3);
    double r = x > 1.0 ? x : 1.0;
    for (int k = 0; k < 20; k++)            /* L:newton */
        r = 0.5 * (r + x / r);
    return r;
}

static int roots(const double *restrict x, double *restrict r, int n)
{
    int code = setjmp(trap);
    if (code)
        return code;
    for (int i = 0; i < n; i++)             /* L:roots */
        r[i] = checked_sqrt(x[i]);
    return 0;
}

static int overflow_at(int n, int m, const int *v, int limit)
{
    int total = 0, i, j;
    for (i = 0; i < n; i++)                 /* L:overflow_i */
        for (j = 0; j < m; j++) {           /* L:overflow_j */
            total += v[i * m + j];
            if (total > limit)
                goto out;
        }
    return -1;
out:
    return i * m + j;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 251;
    int bad = argc > 2 ? atoi(argv[2]) : 200;
    double *x = calloc(n, sizeof *x), *r = calloc(n, sizeof *r);
    int *v = malloc(n * 7 * sizeof *v);
    int i, code;

    for (i = 0; i < n; i++) {               /* L:init */
        x[i] = i == bad ? -1.0 : (i % 29) * 0.75;
        r[i] = -2.0;
    }
    for (i = 0; i < n * 7; i++)             /* L:init_v */
        v[i] = i % 11;
    code = roots(x, r, n);
    printf("code %d r[0] %.6f r[last] %.6f\n", code, r[0], r[n - 1]);
    printf("overflow at %d\n", overflow_at(n, 7, v, 4000));

    for (i = 0; i < n; i++) {               /* L:label_in_body */
        if (v[i] & 1)
            goto next;
        x[i] = x[i] * 2.0 + 1.0;
    next:
        r[i] += x[i];
    }
    i = 0;
again:
    if (i < n) {
        x[i] -= i > 0 ? x[i - 1] * 0.5 : 0.0;
        i++;
        goto again;
    }
    if (argc > 3)
        goto skip;
scale:
    for (i = 0; i < n; i++)                 /* L:labelled */
        r[i] = r[i] * 0.5 + v[i];
skip:
    if (++code < 3)
        goto scale;

    double sx = 0, sr = 0;
    for (i = 0; i < n; i++) {               /* L:sum */
        sx += x[i] * (i % 4 + 1);
        sr += r[i] * (i % 6 + 1);
    }
    printf("code %d %.9f %.9f\n", code, sx, sr);
    free(x); free(r); free(v);
    return 0;
}
