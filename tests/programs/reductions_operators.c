// SPDX-License-Identifier: Apache-2.0
/*
 * reductions_operators: every reduction operator of OpenMP, each in the spelling people use.
 *
 * Exercises: + * - min max & | ^ && || on int, unsigned, long long, float and double; compound and
 * plain assignment on either side; if, ?:, fmin/fmax and macro spellings; and two look-alikes that
 * are no reductions (s = a[i] - s alternates in sign; a running maximum that is stored).
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX2(x, y) (((x) > (y)) ? (x) : (y))
#define LOWER(m, v) do { if ((v) < (m)) (m) = (v); } while (0)

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1009;
    double *a = malloc(sizeof(double) * (n + 1));
    float *f = malloc(sizeof(float) * (n + 1));
    unsigned *u = malloc(sizeof(unsigned) * (n + 1));
    int *k = malloc(sizeof(int) * (n + 1));
    double *run = malloc(sizeof(double) * (n + 1));

    for (int i = 0; i < n; i++) {               /* L:init */
        a[i] = ((i * 7919) % 1013) / 64.0 - 7.5;
        f[i] = 1.0f + (float)(i % 3 - 1) / 512.0f;
        u[i] = 0xffff0fffu ^ (1u << (i % 3 + 4)) ^ (unsigned)(i * 2654435761u >> 28);
        k[i] = (i * 31) % 17 - 3;
        run[i] = -1.0;
    }
    run[n] = -2.0;

    double plus = 1.5, minus = 2.5, minus2 = 0.0, times = 1.0, dlow = 1e30, dhigh = -1e30;
    for (int i = 0; i < n; i++) plus += a[i];                           /* L:plus */
    for (int i = 0; i < n; i++) minus -= a[i] * a[i];                   /* L:minus */
    for (int i = 0; i < n; i++) minus2 = minus2 - a[i];                 /* L:minus_plain */
    for (int i = 0; i < n; i++) times *= f[i];                          /* L:times */
    for (int i = 0; i < n; i++) dlow = fmin(dlow, a[i]);                /* L:fmin */
    for (int i = 0; i < n; i++) dhigh = fmax(a[i], dhigh);              /* L:fmax */

    int low = 1000, high = -1000, ilow = 1000;
    for (int i = 0; i < n; i++) low = k[i] < low ? k[i] : low;          /* L:min_ternary */
    for (int i = 0; i < n; i++) high = MAX2(high, k[i]);                /* L:max_macro */
    for (int i = 0; i < n; i++) LOWER(ilow, k[i] * 2);                  /* L:min_macro_if */

    unsigned both = ~0u, some = 0, odd = 0, odd2 = 5;
    for (int i = 0; i < n; i++) both &= u[i];                           /* L:bitand */
    for (int i = 0; i < n; i++) some = some | (u[i] & 0xf0u);           /* L:bitor */
    for (int i = 0; i < n; i++) odd ^= u[i];                            /* L:bitxor */
    for (int i = 0; i < n; i++) odd2 = u[i] ^ odd2;                     /* L:bitxor_plain */

    int all = 1, none = 1, any = 0;
    bool seen = false;
    for (int i = 0; i < n; i++) all = all && k[i] > -5;                 /* L:logand */
    for (int i = 0; i < n; i++) none = none && !(k[i] == 13);           /* L:logand_not */
    for (int i = 0; i < n; i++) any = any || a[i] > 8.0;                /* L:logor */
    for (int i = 0; i < n; i++) if (k[i] == 12) seen = true;            /* L:logor_if */

    long long sum = 0, sum2 = 0;
    float top = -1.0f;
    for (int i = 0; i < n; i++) sum = (long long)k[i] * u[i] + sum;     /* L:plus_left */
    for (int i = 0; i < n; i++) sum2 += k[i] > 0 ? k[i] : -k[i];        /* L:plus_ternary */
    for (int i = 0; i < n; i++) top = fmaxf(top, f[i] * f[n - 1 - i]);  /* L:fmaxf */

    double flip = 0.0, best = -1e30;
    for (int i = 0; i < n; i++) flip = a[i] - flip;                     /* L:not_a_reduction */
    for (int i = 0; i < n; i++) {                                       /* L:running_max */
        if (a[i] > best)
            best = a[i];
        run[i] = best;
    }
    double sum_run = 0.0;
    for (int i = 0; i <= n; i++)                                        /* L:sum_run */
        sum_run += run[i] * (1 + i % 4);

    printf("%.9f %.9f %.9f %.12f %.6f %.6f\n", plus, minus, minus2, times, dlow, dhigh);
    printf("%d %d %d %x %x %x %x\n", low, high, ilow, both, some, odd, odd2);
    printf("%d %d %d %d %lld %lld %.7f\n", all, none, any, seen, sum, sum2, top);
    printf("%.9f %.9f %.9f\n", flip, best, sum_run);
    free(a); free(f); free(u); free(k); free(run);
    return 0;
}
