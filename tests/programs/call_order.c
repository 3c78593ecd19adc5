// SPDX-License-Identifier: Apache-2.0
/*
 * call_order: when calls between kernels are made, and whether they are made at all.
 *
 * Exercises: calls with kernels in operands that are evaluated on a condition only, in each part
 * of loop headers, in what a function returns; lengths that change between kernels, or whose names
 * mean something else where the array would be mapped; arrays that exist on a condition only.
 */
#include <stdio.h>
#include <stdlib.h>

static int length = 640;

static void prepare(int n, double *a)
{
    for (int i = 0; i < n; i++) {                           /* L:prepare */
        a[i] = 1 + i % 7;
        if (a[i] > 1e9)
            printf("large");
    }
}

static void fill(int n, double *a)
{
    for (int i = 0; i < n; i++)                             /* L:fill */
        a[i] = 2.0 * i;
}

static int fill_all(int n, double *a)
{
    for (int i = 0; i < n; i++)                             /* L:fill_all */
        a[i] = 3.0 * i;
    return 1;
}

static void scale(int n, double *a)
{
    for (int i = 0; i < n; i++)                             /* L:scale */
        a[i] = a[i] * 1.5 + 1;
}

static double sum(int n, const double *a)
{
    double total = 0.0;
    for (int i = 0; i < n; i++)                             /* L:sum */
        total += a[i];
    return total;
}

static double *ready(int n)
{
    double *a = malloc(n * sizeof *a);
    prepare(n, a);
    return a;
}

static double on_condition(int n, int wanted)
{
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    prepare(n, a);
    prepare(n, b);
    int one = wanted ? fill_all(n, a) : 0, two = wanted && fill_all(n, b);
    double total = sum(n, a) + 2 * sum(n, b) + one + two;
    free(a);
    free(b);
    return total;
}

static double in_loop_condition(int n, int wanted)
{
    double *a = malloc(n * sizeof *a), total = 0.0;
    int k = 0;
    prepare(n, a);
    while ((k < 3 && !wanted) || fill_all(n, a)) {          /* L:in_loop_condition */
        total += sum(n, a);
        scale(n, a);
        if (k++ > 4)
            break;
    }
    free(a);
    return total;
}

static double in_step(int n)
{
    double *a = malloc(n * sizeof *a), total = 0.0;
    prepare(n, a);
    for (int k = 0; k < 5; fill(n, a), k++)                 /* L:in_step */
        total += sum(n, a);
    free(a);
    return total;
}

static double in_init(int n)
{
    double *a = malloc(n * sizeof *a), total = 0.0;
    prepare(n, a);
    for (int k = (int)sum(n, a) % 3; k < 5; k++) {          /* L:in_init */
        fill(n, a);
        total += sum(n, a);
    }
    free(a);
    return total;
}

/* reads before it writes, though the writes come first in the text of its header */
static void step_writes(int n, double *a, double *out)
{
    for (int k = 0; k < 3; fill(n, a), k++)                 /* L:step_writes */
        out[0] += sum(n, a);
}

static void condition_writes(int n, double *a, double *out)
{
    int k = 0;
    do {                                                    /* L:condition_writes */
        out[0] += sum(n, a);
    } while (fill_all(n, a) && ++k < 3);
}

static double half_then_all(int n, double *a)
{
    int m = n / 2;
    double total = 0.0;
    for (int i = 0; i < m; i++)                             /* L:half */
        a[i] = 2.0 * i;
    m = n;
    for (int i = 0; i < m; i++)                             /* L:then_all */
        total += a[i];
    return total;
}

static double global_length(double *a)
{
    double total = 0.0;
    length /= 2;
    for (int i = 0; i < length; i++)                        /* L:global_half */
        a[i] = 2.0 * i;
    length *= 2;
    for (int i = 0; i < length; i++)                        /* L:global_all */
        total += a[i];
    return total;
}

static double in_callee(int n)
{
    double *a = malloc(n * sizeof *a), *b = malloc(640 * sizeof *b), total = 0.0;
    prepare(n, a);
    prepare(640, b);
    for (int k = 0; k < 3; k++) {                           /* L:in_callee */
        double out[1] = {0.0};
        step_writes(n, a, out);
        condition_writes(n, a, out);
        total += out[0] + half_then_all(n, a) + global_length(b);
    }
    free(a);
    free(b);
    return total;
}

static double residual(int n, double *a)
{
    scale(n, a);
    return sum(n, a) * 0.5;
}

static double in_return(int n)
{
    double *a = malloc(n * sizeof *a), total = 0.0;
    prepare(n, a);
    for (int k = 0; k < 4; k++)                             /* L:in_return */
        total += residual(n, a);
    free(a);
    return total;
}

static double other_name(int n)
{
    double *a = malloc(n * sizeof *a), *b, total = 0.0;
    {
        int size = 2 * n;
        b = malloc(size * sizeof *b);
        prepare(size, b);
    }
    prepare(n, a);
    {
        int n = 3, rows = length;
        for (int k = 0; k < n; k++) {                       /* L:other_name */
            scale(rows / 2, a);
            scale(rows, b);
            total += sum(rows / 2, a) + sum(2 * (rows / 2), b);
        }
    }
    free(a);
    free(b);
    return total;
}

static double board[640];

static void stir(void)
{
    for (int i = 0; i < 640; i++)                           /* L:stir */
        board[i] = board[i] * 0.5 + i;
}

static double hidden_by_constants(int n)
{
    double *a = malloc(n * sizeof *a), total = 0.0;
    prepare(n, a);
    {
        enum { n = 3, board = 4 };
        for (int k = 0; k < n; k++) {                       /* L:hidden_by_constants */
            scale(length / 2, a);
            stir();
            total += sum(length / 2, a) * board;
        }
    }
    free(a);
    return total + board[7];
}

static double if_there(int n, int wanted)
{
    double *a, *b = malloc(n * sizeof *b), total = 0.0;
    prepare(n, b);
    if (wanted) {
        a = malloc(n * sizeof *a);
        prepare(n, a);
    }
    scale(n, b);
    total += sum(n, b);
    if (wanted) {
        scale(n, a);
        total += sum(n, a);
    }
    for (int k = 0; k < wanted; k++) {                      /* L:if_there */
        scale(n, a);
        total += sum(n, a) * k;
    }
    scale(n, b);
    total += b[n / 2] + (wanted ? a[n / 2] : 0.0);
    if (wanted)
        free(a);
    free(b);
    return total;
}

static double may_be_null(int n, double a[n], int wanted)
{
    double total = 0.0;
    for (int k = 0; k < 3; k++)                             /* L:may_be_null */
        if (wanted) {
            scale(n, a);
            total += sum(n, a);
        }
    return total;
}

static double changed_through_pointer(int n)
{
    int *q = &n, m = n;
    double *a = malloc(n * sizeof *a), total = 0.0;
    prepare(n, a);
    *q = n / 2;
    for (int k = 0; k < 3; k++) {                           /* L:changed_through_pointer */
        scale(m, a);
        total += sum(m, a);
    }
    free(a);
    return total;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 320, wanted = argc > 2 ? atoi(argv[2]) : 1;
    double *a = wanted ? ready(n) : NULL;
    printf("%.6f %.6f\n", on_condition(n, wanted), in_loop_condition(n, wanted));
    printf("%.6f %.6f\n", in_step(n), in_init(n));
    printf("%.6f %.6f\n", in_callee(n), in_return(n));
    printf("%.6f %.6f\n", other_name(320), hidden_by_constants(320));
    printf("%.6f %.6f\n", if_there(n, wanted), may_be_null(n, a, wanted));
    printf("%.6f\n", changed_through_pointer(n));
    free(a);
    return 0;
}
