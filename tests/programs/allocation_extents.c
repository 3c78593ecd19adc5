// SPDX-License-Identifier: Apache-2.0
/*
 * allocation_extents: where an array's length comes from, and what lies outside of the accesses.
 *
 * Exercises: malloc, calloc, aligned_alloc, realloc, sizes in variables and through typedefs,
 * sizeof(type[n]), a size that is changed after the allocation, static and local arrays, VLAs,
 * pointers into the middle of an object, negative subscripts on such a pointer, strided and shifted
 * sections whose outside must keep its contents, string-like char arrays, a struct with an array.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double row_t[6];

struct block {
    int used;
    float data[64];
};

static short palette[300];

static double digest(const double *p, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)                  /* L:digest */
        s += p[i] * (double)(i % 11 + 1);
    return s;
}

static void window(double *restrict out, const double *restrict in, int from, int to)
{
    for (int i = from; i < to; i++)                 /* L:window */
        out[i - from + 3] = in[2 * i + 1];
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 143;
    size_t bytes = sizeof(double) * (size_t)n;
    size_t rounded = (bytes + 63) / 64 * 64;
    double *a = malloc(bytes);
    double *b = calloc((size_t)n + 8, sizeof *b);
    double *c = aligned_alloc(64, rounded);
    row_t *rows = malloc(sizeof(row_t[n]));
    double *grown = malloc(sizeof *grown * 4);
    double vla[2 * n + 2], local[129];
    struct block *blocks = calloc(3, sizeof *blocks);
    char text[80];
    int i, j, old_n = n;

    grown = realloc(grown, bytes * 2);
    if (!a || !b || !c || !rows || !grown || !blocks)
        return 1;
    memset(text, '.', sizeof text);
    text[79] = '\0';
    for (i = 0; i < 129; i++)                       /* L:init_local */
        local[i] = -4.0;
    for (i = 0; i < 2 * n; i++)                     /* L:init_grown */
        grown[i] = i * 0.25;
    for (i = 0; i < 2 * n + 2; i++)                 /* L:init_vla */
        vla[i] = i % 9;

    for (i = 0; i < n; i++)                         /* L:malloc_calloc */
        a[i] = b[i] + 0.5 * i;
    for (i = 0; i < n; i++)                         /* L:aligned */
        c[i] = a[i] * 2.0;
    for (i = 0; i < n; i++)                         /* L:rows */
        for (j = 0; j < 6; j++)                     /* L:rows_j */
            rows[i][j] = a[i] - j;
    n = n / 2;                                      /* the allocations keep their size */
    for (i = 0; i < n; i++)                         /* L:shrunk */
        c[2 * i] += grown[2 * i + 1];
    window(b, vla, 1, n);
    double *middle = a + n;
    for (i = -n + 1; i < n; i++)                    /* L:middle */
        middle[i] += 1.0;
    for (i = 5; i < 120; i += 3)                    /* L:local */
        local[i] = palette[i] + i * 0.5;
    for (i = 0; i < 300; i++)                       /* L:palette */
        palette[i] = (short)(i * 3 - 100);
    for (i = 10; i < 60; i++)                       /* L:text */
        text[i] = (char)('a' + i % 26);
    for (j = 0; j < 3; j++)                         /* L:blocks */
        for (i = 8; i < 32 + j; i++)                /* L:blocks_i */
            blocks[j].data[i] = (float)(i + 100 * j);
    for (i = 0; i < 3; i++)                         /* L:used */
        blocks[i].used = i + 30;

    double sr = 0, sb = 0;
    long sp = 0;
    for (i = 0; i < old_n; i++)                     /* L:sum_rows */
        for (j = 0; j < 6; j++)                     /* L:sum_rows_j */
            sr += rows[i][j] * (i % 5 + j);
    for (j = 0; j < 3; j++)                         /* L:sum_blocks */
        for (i = 0; i < 64; i++)                    /* L:sum_blocks_i */
            sb += blocks[j].data[i] * (float)(i % 4 + 1) + (float)blocks[j].used;
    for (i = 0; i < 300; i++)                       /* L:sum_palette */
        sp += palette[i] * (i % 7 + 1);
    printf("%.6f %.6f %.6f\n", digest(a, old_n), digest(b, old_n + 8), digest(c, old_n));
    printf("%.6f %.6f %.6f\n", digest(grown, 2 * old_n), digest(vla, 2 * old_n + 2), digest(local, 129));
    printf("%.6f %.6f %ld\n%s\n", sr, sb, sp, text);
    free(a); free(b); free(c); free(rows); free(grown); free(blocks);
    return 0;
}
