// SPDX-License-Identifier: Apache-2.0
/*
 * variable_steps: steps that are known at run time only, remainders in bounds and conditions.
 *
 * Exercises: steps in parameters, products and outer loop variables, up and down; tiles that touch
 * each other and tiles that do not; steps that change, wrap or are left early; lattices that keep
 * reads and writes apart, and such that only seem to (negative remainders, the wrong modulus).
 * Run with steps of one, beyond the bound, and zero or negative where there is no iteration.
 */
#include <stdio.h>
#include <stdlib.h>

#define N 300
#define M 60

static double a[N], b[N], g[M][M];
static int c[N];

static void show(const char *what)
{
    double t = 0;
    for (int i = 0; i < N; i++)                         /* L:show */
        t += a[i] * (i % 13 + 1) + c[i] * i;
    for (int i = 0; i < M; i++)                         /* L:show_i */
        for (int j = 0; j < M; j++)                     /* L:show_j */
            t += g[i][j] * (i * 3 + j % 7);
    printf("%s %.6f\n", what, t);
}

static void up(int n, int s)
{
    for (int i = 1; i < n; i += s)                      /* L:up */
        a[i] += 3 * a[0];
}

static void down(int n, int s)
{
    for (int i = n - 1; i > 0; i -= s)                  /* L:down */
        a[i] += 3;
}

static void product(int n, int m, int s)
{
    for (int i = 0; i < n; i += s * m)                  /* L:product */
        a[i] += 5;
}

static void inner(int n, int s)
{
    for (int i = 0; i < n; i++)                         /* L:inner_i */
        for (int j = i % 3; j < n; j += s)              /* L:inner_j */
            g[i][j] += j;
}

static void tiles(int n, int s)
{
    for (int i = 0; i < n; i += s)                      /* L:tiles_i */
        for (int j = i; j < i + s && j < n; j++)        /* L:tiles_j */
            a[j] += j;
}

static void shared_tiles(int n, int s)
{
    for (int i = 0; i < n; i += s)                      /* L:shared_tiles_i */
        for (int j = i; j <= i + s; j++)                /* L:shared_tiles_j */
            a[j] += 0.5 * a[i];
}

static void multiples(int n, int m)
{
    for (int i = 2; i < m; i++)                         /* L:multiples_i */
        for (int j = i; j < n; j += i)                  /* L:multiples_j */
            c[j]++;
}

static void rows(int n, int s)
{
    for (int i = 1; i < n; i += s)                      /* L:rows_i */
        for (int j = 0; j < n; j++)                     /* L:rows_j */
            g[i][j] = g[i - 1][j] + 1;
}

static void without_sign(unsigned n, unsigned s)
{
    for (unsigned i = 0; i < n; i += s)                 /* L:without_sign */
        a[i] += 1;
}

static void changing(int n, int s)
{
    for (int i = 0; i < n; i += s)                      /* L:changing */
        {
            a[i] += 1;
            s = 2;
        }
}

static void early(int n, int s)
{
    for (int k = 0; k < n; k++)                         /* L:early_i */
        for (int i = k; i < n; i += s)                  /* L:early_j */
            {
                if (g[k][i] > 50)
                    break;
                g[k][i] += 1;
            }
}

static void pairs(int n, int s)
{
    for (int i = 0; i < n; i += s)                      /* L:pairs */
        a[i] = a[i + 1] = 1;
}

static void next(int n, int s)
{
    for (int i = 0; i < n; i += s)                      /* L:next */
        a[i + s] = a[i] + 1;
}

static void last(int n, int s)
{
    double v = -1;
    int i;
    for (i = 0; i < n; i += s)                          /* L:last */
        v = a[i]++;
    printf("%g %d\n", v, i);
}

static void chess(int n, int p)
{
    for (int i = 1; i < n - 1; i++)                     /* L:chess_i */
        for (int j = 1; j < n - 1; j++)                 /* L:chess_j */
            if ((i + j) % 2 == p)
                g[i][j] = 0.25 * (g[i - 1][j] + g[i + 1][j] + g[i][j - 1] + g[i][j + 1]);
}

static void wrong_modulus(int n, int p)
{
    for (int i = 1; i < n - 1; i++)                     /* L:wrong_modulus_i */
        for (int j = 1; j < n - 1; j++)                 /* L:wrong_modulus_j */
            if ((i + j) % 3 == p)
                g[i][j] = 0.5 * (g[i - 1][j] + g[i + 1][j - 1]);
}

static void negative(int n)
{
    for (int i = -20; i < n; i++)                       /* L:negative_i */
        for (int j = 50 + (i - 5) % 4; j < 55; j += 4)  /* L:negative_j */
            a[j] = a[j] * 0.5 + i;
}

static void quotient(int n)
{
    for (int i = 0; i < n; i++)                         /* L:quotient_i */
        for (int j = i / 2; j < n; j++)                 /* L:quotient_j */
            g[i / 2][j] += g[i][j];
}

static void third(int n)
{
    for (int i = 0; i < n; i++)                         /* L:third */
        if (i % 3 == 0)
            a[i] = a[i + 1] + 1;
}

static void not_third(int n)
{
    for (int i = 0; i < n; i++)                         /* L:not_third */
        if (i % 3 != 0)
            a[i] = a[i + 1] + 1;
}

static void gathered(int n)
{
    for (int i = 0; i < n; i++)                         /* L:gathered */
        if (i % 2 == 0)
            a[i / 2] = b[i];
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 50, s = argc > 2 ? atoi(argv[2]) : 3;

    for (int i = 0; i < N; i++) {                       /* L:init */
        a[i] = i % 17;
        b[i] = i % 7;
    }
    for (int i = 0; i < M; i++)                         /* L:init_i */
        for (int j = 0; j < M; j++)                     /* L:init_j */
            g[i][j] = (i * 7 + j) % 11;
    if (s > 0 || n <= 0)
        up(n, s);
    show("up");
    if (s > 0 || n <= 1)
        down(n, s);
    show("down");
    if (s > 0 || n <= 0)
        product(n, 2, s);
    show("product");
    if (s > 0 || n <= 0)
        inner(n, s);
    show("inner");
    if (s > 0 || n <= 0)
        tiles(n, s);
    show("tiles");
    if (s > 0 || n <= 0)
        shared_tiles(n, s);
    show("shared_tiles");
    multiples(n, n / 2);
    show("multiples");
    if (s > 0 || n <= 0)
        rows(n, s);
    show("rows");
    if (s > 0 || n <= 0)
        without_sign(n > 0 ? n : 0, s);
    show("without_sign");
    if (s > 0 || n <= 0)
        changing(n, s);
    show("changing");
    if (s > 0 || n <= 0)
        early(n, s);
    show("early");
    if (s > 0 || n <= 0)
        pairs(n, s);
    show("pairs");
    if (s > 0 || n <= 0)
        next(n, s);
    show("next");
    if (s > 0 || n <= 0)
        last(n, s);
    show("last");
    chess(n, 1);
    show("chess");
    wrong_modulus(n, 1);
    show("wrong_modulus");
    negative(n);
    show("negative");
    quotient(n);
    show("quotient");
    third(n);
    show("third");
    not_third(n);
    show("not_third");
    gathered(n);
    show("gathered");
    return 0;
}
