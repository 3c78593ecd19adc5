// SPDX-License-Identifier: Apache-2.0
/*
 * overlap_copies: copying within one array.
 *
 * Exercises: forward and backward copies by a constant, by a run-time distance (positive, zero or
 * negative), a hand-written memmove that compares pointers, block copies inside one allocation that
 * never overlap (halves), insertion and deletion of an element, rotation through a buffer.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static void move(double *dst, const double *src, size_t n)
{
    if (dst < src) {
        for (size_t i = 0; i < n; i++)              /* L:move_up */
            dst[i] = src[i];
    } else {
        for (size_t i = n; i > 0; i--)              /* L:move_down */
            dst[i - 1] = src[i - 1];
    }
}

static void shift_by(double *a, long n, long d)
{
    for (long i = 0; i < n; i++)                    /* L:shift_by */
        if (i + d >= 0 && i + d < n)
            a[i + d] = a[i] + 0.125;
}

static double digest(const double *p, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++)                     /* L:digest */
        s += p[i] * (i % 17 + 1);
    return s;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 512;
    int d = argc > 2 ? atoi(argv[2]) : 5;
    double *a = malloc((2 * n + 1) * sizeof(double));
    double *buffer = malloc((n + 1) * sizeof(double));
    int i;

    for (i = 0; i < 2 * n + 1; i++)                 /* L:init */
        a[i] = i * i % 101;
    for (i = 0; i < n + 1; i++)                     /* L:init_buffer */
        buffer[i] = -1.0;

    for (i = 0; i < n - 1; i++)                     /* L:delete */
        a[i] = a[i + 1];
    for (i = n - 1; i > 0; i--)                     /* L:insert */
        a[i] = a[i - 1];
    printf("%.3f\n", digest(a, 2 * n + 1));
    for (i = 1; i < n; i++)                         /* L:smear */
        a[i] = a[i - 1] * 0.75 + 1.0;
    printf("%.9f\n", digest(a, 2 * n + 1));
    for (i = 0; i < n; i++)                         /* L:halves */
        a[i + n] = a[i] * 2.0;
    printf("%.9f %.3f\n", digest(a, 2 * n + 1), a[2 * n]);
    move(a + d, a, (size_t)n);
    move(a, a + 2 * d, (size_t)(n - d));
    printf("%.9f\n", digest(a, 2 * n + 1));
    shift_by(a, n, d);
    shift_by(a, n, -d);
    shift_by(a, n, 0);
    printf("%.9f\n", digest(a, 2 * n + 1));
    for (i = 0; i < n; i++)                         /* L:rotate_out */
        buffer[i] = a[(i + d) % n];
    for (i = 0; i < n; i++)                         /* L:rotate_back */
        a[i] = buffer[i];
    printf("%.9f %.9f\n", digest(a, 2 * n + 1), digest(buffer, n + 1));
    free(a);
    free(buffer);
    return 0;
}
