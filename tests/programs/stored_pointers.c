// SPDX-License-Identifier: Apache-2.0
/*
 * stored_pointers: arrays that are also reached through pointers in structures, tables and integers.
 *
 * Exercises: an array written in a region and read later under another name only; the host reading and
 * writing it in a time loop through a member, a table of rows, a global and a function that is given
 * the holder; a table of pointers that must not be mapped as if it were the rows.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { double *values; int count; } series;

static series shared;
static double *table[4];

static double peek(int i) { return shared.values[i]; }
static void poke(int i, double v) { table[1][i] = v; }
static double look(const series *s, int i) { return s->values[i]; }

static double only_member(int n)
{
    series s;
    double *w = malloc(n * sizeof *w);
    s.values = w;
    for (int i = 0; i < n; i++)         /* L:member */
        w[i] = i * 0.5;
    double out = s.values[n - 1];
    free(w);
    return out;
}

static double only_integer(int n)
{
    double *w = malloc(n * sizeof *w);
    uintptr_t address = (uintptr_t)w;
    for (int i = 0; i < n; i++)         /* L:integer */
        w[i] = i * 0.25;
    double out = ((double *)address)[n - 1];
    free(w);
    return out;
}

static double only_initializer(int n)
{
    double *w = malloc(n * sizeof *w);
    series s[2] = { { w, n }, { NULL, 0 } };
    for (int i = 0; i < n; i++)         /* L:initializer */
        w[i] = i * 0.125;
    double out = look(&s[0], n - 1);
    free(w);
    return out;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1201;
    series s;
    double *rows[2];
    double *w = malloc(n * sizeof *w), *v = malloc(n * sizeof *v);
    double sum = 0.0;

    s.values = w;
    shared.values = w;
    table[1] = w;
    rows[0] = v;
    rows[1] = w;
    for (int i = 0; i < n; i++) {       /* L:init */
        w[i] = i;
        v[i] = 0.0;
    }
    for (int t = 0; t < 4; t++) {       /* L:time */
        for (int i = 0; i < n; i++)     /* L:step */
            w[i] = w[i] * 2.0 + t;
        sum += s.values[7] + peek(n - 1) + rows[1][n / 2] + look(&s, 3);
        poke(4, sum);
        s.values[5] = t;
        for (int i = 0; i < n; i++)     /* L:gather */
            v[i] += w[i];
    }
    for (int k = 0; k < 2; k++) {       /* L:rows */
        double part = 0.0;
        for (int i = 0; i < n; i++)     /* L:row */
            part += rows[k][i] * (i % 3 + 1);
        printf("%.6f\n", part);
    }
    printf("%.6f %.6f %.6f %.6f\n", sum, only_member(n), only_integer(n), only_initializer(n));
    free(w);
    free(v);
    return 0;
}
