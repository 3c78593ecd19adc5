// SPDX-License-Identifier: Apache-2.0
/*
 * helpers: loops whose work is done by functions that are given rows, elements and indices.
 *
 * Exercises: accesses of callees in their callers' terms, through one level and two; rows that are
 * apart and rows that overlap; results by pointer; structures; returns in the middle; windows that
 * are tested by an unsigned comparison. Negative: recurrences and conflicts inside of helpers,
 * pointers that move, indices that are cut to fewer bits, state in variables of the file.
 */
#include <stdio.h>
#include <stdlib.h>

#define W 40

struct body {
    double at, speed;
};

static double field[W][W][8], slope[W][W][8];
static double table[W][50];
static double last_seen;

static double slope_at(double f[W][W][8], int i, int j, int k)
{
    return (f[i + 1][j][k] - f[i - 1][j][k]) * 0.5;
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)                             /* L:dot */
        sum += a[i] * b[i];
    return sum;
}

static double at(const double *u, int i, int j, int m)
{
    return u[i * m + j];
}

static double around(const double *u, int i, int j, int m)
{
    return at(u, i - 1, j, m) + at(u, i + 1, j, m) + at(u, i, j - 1, m) + at(u, i, j + 1, m);
}

static void colour(int i, unsigned char *pixel)
{
    for (int b = 0; b < 3; b++)                             /* L:colour */
        pixel[2 - b] = (unsigned char)(i * (b + 1));
}

static void scale(double *row, int n, double by)
{
    for (int j = 0; j < n; j++)                             /* L:scale */
        row[j] *= by;
}

static void add_up(double *row, int n)
{
    for (int j = 1; j < n; j++)                             /* L:add_up */
        row[j] += row[j - 1];
}

static void put(double *a, int k, double value)
{
    int twice = 2 * k;
    a[twice] = value;
}

static void range(const double *a, int i, double *low, double *high)
{
    *low = a[i] - 1.0;
    *high = a[i] + 1.0;
}

static void push(struct body *b, double dt)
{
    b->at += dt * b->speed;
}

static void pull(struct body *b, int i)
{
    b[i].speed += 0.01 * b[i - 1].speed;
}

static double moving(const double *p)
{
    double sum = 0.0;
    for (int k = 0; k < 3; k++)                             /* L:moving */
        sum += *p++;
    return sum;
}

static void count(double *a, unsigned char k)
{
    a[k] += 1.0;
}

static double remember(const double *a, int i)
{
    last_seen = a[i];
    return 2.0 * last_seen;
}

static double window(const double *restrict a, double *restrict b, int n)
{
    for (int i = 0; i < n; i++) {                           /* L:window */
        double sum = 0.0;
        for (int d = -2; d <= 2; d++) {                     /* L:window_d */
            unsigned k = i + d;
            if (k < (unsigned)n)
                sum += a[k];
        }
        b[i] = sum;
    }
    for (int i = 0; i < n; i++) {                           /* L:window_cast */
        if ((size_t)(i - 1) >= n)
            continue;
        b[i] += a[i - 1];
    }
    return b[n / 2];
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 600, m = 12;
    int rows = n / m;
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *v = malloc(m * sizeof *v);
    double *s = malloc(n * sizeof *s);
    unsigned char *image = malloc(3 * n);
    struct body *bodies = malloc(n * sizeof *bodies);

    for (int i = 0; i < n; i++) {                           /* L:init */
        a[i] = i % 13 * 0.25;
        b[i] = i % 5;
        s[i] = 0.0;
        bodies[i].at = i;
        bodies[i].speed = i % 3;
    }
    for (int j = 0; j < m; j++)                             /* L:init_v */
        v[j] = j % 4;
    for (int i = 0; i < W; i++)                             /* L:init_field */
        for (int j = 0; j < W; j++)                         /* L:init_field_j */
            for (int k = 0; k < 8; k++)                     /* L:init_field_k */
                field[i][j][k] = i * j % 9 + k;
    for (int i = 0; i < W; i++)                             /* L:init_table */
        for (int j = 0; j < 50; j++)                        /* L:init_table_j */
            table[i][j] = (i + j) % 6;

    for (int i = 1; i < W - 1; i++)                         /* L:slopes */
        for (int j = 0; j < W; j++)                         /* L:slopes_j */
            for (int k = 0; k < 8; k++)                     /* L:slopes_k */
                slope[i][j][k] = slope_at(field, i, j, k);
    for (int i = 0; i < rows; i++)                          /* L:product */
        s[i] = dot(m, &a[i * m], v);
    for (int i = 1; i < rows - 1; i++)                      /* L:laplace */
        for (int j = 1; j < m - 1; j++)                     /* L:laplace_j */
            b[i * m + j] = 0.25 * around(a, i, j, m);
    for (int i = 0; i < n; i++)                             /* L:image */
        colour(i, image + 3 * i);
    for (int i = 0; i < W; i++)                             /* L:scaled */
        scale(table[i], 50, 0.5 * i);
    for (int i = 0; i < W; i++)                             /* L:added */
        add_up(table[i], 50);
    for (int i = 0; i < n / 4; i++) {                       /* L:pairs */
        put(s, i, 1.5);
        put(s + 1, i, 2.5);
    }
    for (int i = 0; i < n / 4; i++) {                       /* L:neighbours */
        put(b, i, 1.5);
        put(b, i + 1, 2.5);
    }
    for (int i = 0; i < n; i++) {                           /* L:ranges */
        double low, high;
        range(a, i, &low, &high);
        s[i] += low * high;
    }
    for (int i = 0; i < n; i++)                             /* L:pushed */
        push(&bodies[i], 0.1);
    for (int i = 1; i < n; i++)                             /* L:pulled */
        pull(bodies, i);
    for (int i = 0; i < n - 2; i++)                         /* L:moved */
        s[i] += moving(a + i);
    for (int i = 0; i < n; i++)                             /* L:counted */
        count(b, i);
    for (int i = 0; i < n; i++)                             /* L:remembered */
        s[i] += remember(a, i);
    for (int i = 0; i + 8 <= n; i += 4)                     /* L:overlapping */
        scale(a + i, 8, 1.25);

    double sum = last_seen + (n > 0 ? window(a, b, n) : 0.0);
    for (int i = 0; i < n; i++)                             /* L:sum */
        sum += a[i] + b[i] * (i % 3) + s[i] + image[3 * i + 1] + bodies[i].at * bodies[i].speed;
    for (int i = 0; i < W; i++)                             /* L:sum_table */
        for (int j = 0; j < 50; j++)                        /* L:sum_table_j */
            sum += table[i][j] * (j % 4) + slope[i][j % W][j % 8];
    printf("%.6f\n", sum);
    free(a); free(b); free(v); free(s); free(image); free(bodies);
    return 0;
}
