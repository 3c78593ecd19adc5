// SPDX-License-Identifier: Apache-2.0
/*
 * final_values: what a loop leaves in its variable.
 *
 * Exercises: variables of offloaded loops that are printed, returned, read through a pointer or by
 * another function afterwards; every direction and comparison, steps, widths and signedness;
 * inner variables of rectangular and triangular nests, with outer loops that do not run; loops
 * that are a whole branch, a case, or the body of another loop; an interchange that must not
 * happen. Run with bounds that are equal, crossed, zero.
 */
#include <stdio.h>
#include <stdlib.h>

#define N 40
#define STEP 3

static int shared;
static int *kept;

static void show_shared(void)
{
    printf("shared %d\n", shared);
}

static void keep(int *p)
{
    kept = p;
}

static void show_kept(void)
{
    printf("kept %d\n", *kept);
}

static void copy(int n, double *dst, const double *src)
{
    int i;
    for (i = 0; i < n; i++)                             /* L:copy */
        dst[i] = src[i] + 1.0;
    printf("copy %d\n", i);
}

static int returned(int lo, int n, double a[restrict 200])
{
    int i;
    for (i = lo; i <= n; i++)                           /* L:returned */
        a[i] += 2.0;
    return i;
}

static void directions(int n, int m, int lo, double a[restrict 200])
{
    int i;
    long l;
    short s;

    for (i = lo; i < n; i++)                            /* L:up */
        a[i] += 1;
    printf("up %d\n", i);
    for (i = 0; i < N; i++)                             /* L:constant */
        a[i] += 1;
    printf("constant %d\n", i);
    for (i = 2; i <= n; i += STEP)                      /* L:steps */
        a[i] += 1;
    printf("steps %d\n", i);
    for (i = n - 1; i >= 0; i -= 2)                     /* L:down_two */
        a[i] *= 1.5;
    printf("down_two %d\n", i);
    for (i = n; i > 3; i -= 4)                          /* L:down_four */
        a[i] *= 1.5;
    printf("down_four %d\n", i);
    for (i = 40; i > 3; i -= 4)                         /* L:down_constant */
        a[i] *= 1.5;
    printf("down_constant %d\n", i);
    for (i = 0; i < n * m; i++)                         /* L:product */
        a[i % 100] = i % 100;
    printf("product %d\n", i);
    for (i = n; i != 0; i--)                            /* L:ne_down */
        a[i] += i;
    printf("ne_down %d\n", i);
    for (i = lo; i < m; i += 2)                         /* L:steps_from */
        a[i] += 3;
    printf("steps_from %d\n", i);
    for (i = lo - 1; i < n - 1; i++)                    /* L:shifted */
        a[i + 1] += 3;
    printf("shifted %d\n", i);
    for (i = m + 2; i > lo; i--)                        /* L:down_to */
        a[i] += 3;
    printf("down_to %d\n", i);
    for (i = 0; i < n / 2; i++)                         /* L:half */
        a[i] += 3;
    printf("half %d\n", i);
    for (i = lo; i <= n - 1; i++)                       /* L:le */
        a[i] += 3;
    printf("le %d\n", i);
    for (l = 0; l < n; l++)                             /* L:wide */
        a[l] += l;
    printf("wide %ld\n", l);
    for (l = 0; l <= n; l++)                            /* L:wide_le */
        a[l] += l;
    printf("wide_le %ld\n", l);
    for (l = n - 1; l >= m; l--)                        /* L:wide_down */
        a[l] += l;
    printf("wide_down %ld\n", l);
    for (s = 0; s < n; s++)                             /* L:narrow */
        a[s] += 3;
    printf("narrow %d\n", s);
}

static void without_sign(int n, int m, double a[restrict 200])
{
    unsigned u;
    size_t z;
    unsigned char c;

    for (u = 0; u < (unsigned)n; u++)                   /* L:unsigned_cast */
        a[u] += u;
    printf("unsigned_cast %u\n", u);
    for (u = 4; u < (unsigned)(n + m); u += 7)          /* L:unsigned_steps */
        a[u] += u;
    printf("unsigned_steps %u\n", u);
    for (u = 1; u < 10; u += 4)                         /* L:unsigned_few */
        a[u] += u;
    printf("unsigned_few %u\n", u);
    for (z = 0; z < (size_t)n + m; z++)                 /* L:size_mixed */
        a[z] += z;
    printf("size_mixed %zu\n", z);
    for (z = 0; z != (size_t)n; z++)                    /* L:size_ne */
        a[z] += z;
    printf("size_ne %zu\n", z);
    for (c = 0; c < 20; c++)                            /* L:character */
        a[c] += 3;
    printf("character %d\n", c);
}

static void nests(int n, int m, int lo, double g[restrict 50][50], double a[restrict 200])
{
    int i, j = -6, k = -7;

    for (i = 0; i < n; i++)                             /* L:rectangle_0 */
        for (j = 0; j < m; j++)                         /* L:rectangle_1 */
            g[i][j] = i + j;
    printf("rectangle %d %d\n", i, j);
    for (i = 0; i < n; i++)                             /* L:triangle_0 */
        for (k = i; k < m; k++)                         /* L:triangle_1 */
            g[i][k] += k;
    printf("triangle %d %d\n", i, k);
    k = -9;
    for (i = 0; i < n; i++)                             /* L:lower_0 */
        for (k = 0; k <= i; k++)                        /* L:lower_1 */
            g[i][k] *= k;
    printf("lower %d %d\n", i, k);
    j = k = -10;
    for (i = 0; i < n; i++)                             /* L:cube_0 */
        for (j = lo; j < m; j++)                        /* L:cube_1 */
            for (k = 0; k < 5; k++)                     /* L:cube_2 */
                g[i][j] += k;
    printf("cube %d %d %d\n", i, j, k);
    j = k = -11;
    for (i = 0; i < n; i++)                             /* L:prism_0 */
        for (j = i; j < m; j++)                         /* L:prism_1 */
            for (k = 0; k < 5; k++)                     /* L:prism_2 */
                g[i][j] += k;
    printf("prism %d %d %d\n", i, j, k);
    j = -13;
    for (i = 0; i < n; i++)                             /* L:exchanged_0 */
        for (j = 0; j < m; j++)                         /* L:exchanged_1 */
            a[j] = 0.5 * a[j] + g[i][j];
    printf("exchanged %d %d\n", i, j);
}

static void places(int n, int m, double g[restrict 50][50], double a[restrict 200])
{
    int i, j = -12, k = -10;

    for (i = 0; i < n; i++)                             /* L:odd_rows */
        if (i % 2)
            for (j = 0; j < m; j++)                     /* L:odd_columns */
                g[i][j] += 3;
    printf("odd %d %d\n", i, j);
    if (n > 3)
        for (i = 0; i < n; i++)                         /* L:branch */
            a[i] -= 1;
    else
        for (i = 1; i < m; i++)                         /* L:other_branch */
            a[i] -= 2;
    printf("branch %d\n", i);
    if (n > 3) for (i = 0; i < n; i++) a[i] -= 1; else i = -3;  /* L:inline */
    printf("inline %d\n", i);
    for (int t = 0; t < 3; t++)                         /* L:time */
        for (i = t; i < n; i++)                         /* L:in_time */
            a[i] += t;
    printf("time %d\n", i);
    switch (n & 1) {
    case 1: for (i = 0; i < m; i++) a[i] += 1; break;   /* L:case */
    default: for (i = 0; i < n; i++) a[i] += 2;         /* L:default */
    }
    printf("case %d\n", i);
    for (shared = 0; shared < n; shared++)              /* L:shared */
        a[shared] += 1;
    show_shared();
    keep(&k);
    for (k = 0; k < n; k++)                             /* L:kept */
        a[k] += 3;
    show_kept();
    int *p = &j;
    double q = 3, *r = &q;
    for (j = 0; j < n; j++) {                           /* L:pointer */
        q = a[j];
        a[j] += q;
    }
    printf("pointer %d %g\n", *p, *r);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 20, m = argc > 2 ? atoi(argv[2]) : 15;
    int lo = argc > 3 ? atoi(argv[3]) : 2;
    double *a = calloc(200, sizeof *a), *b = calloc(200, sizeof *b), sum = 0;
    double (*g)[50] = calloc(50, sizeof *g);

    directions(n, m, lo, a);
    without_sign(n, m, a);
    nests(n, m, lo, g, a);
    places(n, m, g, a);
    copy(n, a, b);
    copy(n, a + 1, a);
    printf("returned %d\n", returned(lo, n, a));
    for (int i = 0; i < 200; i++)                       /* L:sum */
        sum += a[i] * (i + 1) + b[i];
    for (int i = 0; i < 50; i++)                        /* L:sum_i */
        for (int j = 0; j < 50; j++)                    /* L:sum_j */
            sum += g[i][j] * (i * 3 + j);
    printf("%.6f\n", sum);
    free(a);
    free(b);
    free(g);
    return 0;
}
