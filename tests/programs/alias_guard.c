// SPDX-License-Identifier: Apache-2.0
/*
 * alias_guard: external functions whose pointers may or may not overlap.
 *
 * Exercises: run-time disjointness guard whose other path is serial.  Each function is called with
 * distinct buffers, with the very same buffer, and with overlapping buffers in both directions, so
 * a wrong path shows.  The callers outside of this file are unknown: no static proof is possible.
 */
#include <stdio.h>
#include <stdlib.h>

void scale_copy(double *dst, const double *src, int n)
{
    for (int i = 0; i < n; i++)         /* L:scale_copy */
        dst[i] = 2.0 * src[i] + 1.0;
}

void smooth3(double *out, const double *in, size_t n)
{
    size_t i;
    if (n < 3)
        return;
    for (i = 1; i < n - 1; i++)         /* L:smooth3 */
        out[i] = (in[i - 1] + in[i] + in[i + 1]) / 3.0;
}

void triad(float *a, float *b, float *c, float s, int n)
{
    for (int i = 0; i < n; i++)         /* L:triad */
        a[i] = b[i] + s * c[i];
}

void pack(int n, int m, double *dense, double *wide, int ld)
{
    for (int i = 0; i < n; i++)         /* L:pack_i */
        for (int j = 0; j < m; j++)     /* L:pack_j */
            dense[i * m + j] = wide[i * ld + j];
}

double sum_into(double *cell, const double *v, int n)
{
    for (int i = 0; i < n; i++)         /* L:sum_into */
        *cell += v[i];
    return *cell;
}

static void fill(double *p, int n)
{
    for (int i = 0; i < n; i++)         /* L:fill */
        p[i] = (i * 7 % 19) * 0.25;
}

static double digest(const double *p, int n)
{
    double s = 0.0;
    for (int i = 0; i < n; i++)         /* L:digest */
        s = s * 0.999 + p[i] * (i % 5 + 1);
    return s;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 401;
    int k = argc > 2 ? atoi(argv[2]) : 3;
    int size = 4 * n + 8;
    double *a = malloc(size * sizeof *a), *b = malloc(size * sizeof *b);
    float *f = malloc(size * sizeof *f);

    fill(a, size);
    fill(b, size);
    scale_copy(b, a, n);                /* distinct */
    printf("distinct  %.6f\n", digest(b, size));
    scale_copy(a, a, n);                /* identical */
    printf("identical %.6f\n", digest(a, size));
    scale_copy(a + k, a, n);            /* forward overlap: a recurrence */
    printf("forward   %.9e\n", digest(a, size));
    fill(a, size);
    scale_copy(a, a + k, n);            /* backward overlap */
    printf("backward  %.6f\n", digest(a, size));
    scale_copy(a + n, a, n);            /* adjacent, touching but disjoint */
    printf("adjacent  %.6f\n", digest(a, size));

    fill(a, size);
    smooth3(b, a, n);
    printf("smooth    %.6f\n", digest(b, size));
    smooth3(a, a, n);                   /* in place: Gauss-Seidel like */
    printf("in place  %.6f\n", digest(a, size));
    smooth3(a + 1, a, n);
    printf("shifted   %.6f\n", digest(a, size));

    for (int i = 0; i < size; i++)      /* L:fill_f */
        f[i] = (float)(i % 9) * 0.5f;
    triad(f, f + n, f + 2 * n, 0.5f, n);        /* three parts of one array */
    triad(f + 1, f, f + 2 * n, 0.25f, n);       /* overlap */
    triad(f + n, f + n, f + n, 1.0f, n);        /* all the same */
    double sf = 0;
    for (int i = 0; i < size; i++)      /* L:sum_f */
        sf += f[i] * (float)(i % 4 + 1);
    printf("triad     %.4f\n", sf);

    fill(a, size);
    pack(n / 7 + 1, 7, b, a, 9);
    printf("pack      %.6f\n", digest(b, size));
    pack(n / 7 + 1, 7, a, a, 9);        /* compacts in place: forward order is essential */
    printf("compact   %.6f\n", digest(a, size));
    printf("cell      %.6f\n", sum_into(&b[size - 1], a, n));
    printf("cell in   %.6f\n", sum_into(&a[n / 2], a, n));
    free(a); free(b); free(f);
    return 0;
}
