// SPDX-License-Identifier: Apache-2.0
/*
 * existing_pragmas: a file that somebody has already worked on.
 *
 * Exercises: CPU directives on some loops (kept as they are, unless conversion is asked for), simd,
 * critical and single constructs, unroll and loop hints that must stay directly above their loop, a
 * target construct of the user's own (kept), _OPENMP conditionals, a pragma with a continuation.
 */
#include <stdio.h>
#include <stdlib.h>

static double norm1(const double *restrict a, int n)
{
    double s = 0.0;
#pragma omp parallel for reduction(+ : s) \
    schedule(static)
    for (int i = 0; i < n; i++)             /* L:cpu_reduction */
        s += a[i] > 0.0 ? a[i] : -a[i];
    return s;
}

static void halve(double *restrict a, int n)
{
    #pragma omp target teams distribute parallel for map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)             /* L:own_target */
        a[i] *= 0.5;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1511;
    double *a = malloc(n * sizeof(double)), *b = malloc(n * sizeof(double));
    double *c = malloc(n * sizeof(double));
    int i, hits = 0;

    for (i = 0; i < n; i++) {               /* L:init */
        a[i] = (i % 31) - 15.0;
        b[i] = 0.5 * (i % 13);
        c[i] = -1.0;
    }

    #pragma omp parallel for
    for (i = 0; i < n; i++)                 /* L:cpu */
        b[i] = b[i] * 2.0 + a[i];

    #pragma omp simd
    for (i = 0; i < n; i++)                 /* L:simd */
        c[i] = a[i] + b[i];

    #pragma unroll 4
    for (i = 0; i < n; i++)                 /* L:unroll */
        a[i] = c[i] * 0.25 + b[i];

#ifdef __clang__
    #pragma clang loop vectorize(enable)
#endif
    for (i = 0; i < n; i++)                 /* L:hint */
        b[i] += a[i] * a[i];

    #pragma omp parallel
    {
        #pragma omp for
        for (int k = 0; k < n; k++)         /* L:worksharing */
            c[k] += 1.0;
        #pragma omp critical
        {
            if (hits == 0)
                hits = 1;
        }
    }
    halve(a, n);
    for (i = 0; i < n; i++)                 /* L:plain */
        c[i] = c[i] * a[i] + b[i];

    double sa = 0, sb = 0, sc = 0;
    for (i = 0; i < n; i++) {               /* L:sum */
        sa += a[i] * (i % 5 + 1);
        sb += b[i] * (i % 7 + 1);
        sc += c[i] * (i % 3 + 1);
    }
    printf("%.6f %.6f %.6f %.6f hits %d\n", sa, sb, sc, norm1(a, n), hits);
    free(a); free(b); free(c);
    return 0;
}
