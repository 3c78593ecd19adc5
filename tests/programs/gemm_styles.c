// SPDX-License-Identifier: Apache-2.0
/*
 * gemm_styles: the same matrix product as four people would write it.
 *
 * Exercises: declared 2-D arrays with macro extents, linearized storage with a leading dimension
 * larger than the row (the padding must keep its contents), VLA pointers T (*a)[n], an accumulation
 * into the array element itself (reduction into an array element, sequential in the nest).
 */
#include <stdio.h>
#include <stdlib.h>

#define NI 61
#define NJ 53
#define NK 47

static float fa[NI][NK], fb[NK][NJ], fc[NI][NJ];

/* 1: constant shapes, float, accumulate in a scalar */
static void gemm_static(float alpha, float beta)
{
    int i, j, k;
    float acc;

    for (i = 0; i < NI; i++)                /* L:static_i */
        for (j = 0; j < NJ; j++) {          /* L:static_j */
            acc = 0.0f;
            for (k = 0; k < NK; k++)        /* L:static_k */
                acc += fa[i][k] * fb[k][j];
            fc[i][j] = alpha * acc + beta * fc[i][j];
        }
}

/* 2: linearized, leading dimensions, no alpha or beta */
static void gemm_ld(int m, int n, int p, const double *restrict a, int lda,
                    const double *restrict b, int ldb, double *restrict c, int ldc)
{
    for (int i = 0; i < m; ++i)                 /* L:ld_i */
        for (int j = 0; j < n; ++j) {           /* L:ld_j */
            double s = 0.0;
            for (int k = 0; k < p; ++k)         /* L:ld_k */
                s += a[i * lda + k] * b[k * ldb + j];
            c[i * ldc + j] = s;
        }
}

/* 3: i-k-j order on VLA pointers, accumulates in memory */
static void gemm_vla(size_t n, double (*restrict a)[n], double (*restrict b)[n],
                     double (*restrict c)[n])
{
    size_t i, j, k;

    for (i = 0; i < n; i++) {               /* L:vla_i */
        for (j = 0; j < n; j++)             /* L:vla_j0 */
            c[i][j] *= 1.5;
        for (k = 0; k < n; k++)             /* L:vla_k */
            for (j = 0; j < n; j++)         /* L:vla_j */
                c[i][j] += a[i][k] * b[k][j];
    }
}

int main(int argc, char **argv)
{
    int m = argc > 1 ? atoi(argv[1]) : 43;
    int i, j, lda = m + 3, ldc = m + 5;
    double *a = malloc(sizeof *a * m * lda), *b = malloc(sizeof *b * m * lda);
    double *c = malloc(sizeof *c * m * ldc);
    size_t n = (size_t)m;
    double (*va)[n] = malloc(n * sizeof *va), (*vb)[n] = malloc(n * sizeof *vb);
    double (*vc)[n] = malloc(n * sizeof *vc);
    double s1 = 0, s2 = 0, s3 = 0;

    for (i = 0; i < NI; i++) for (j = 0; j < NJ; j++) fc[i][j] = (float)((i + j) % 5);        /* L:* */
    for (i = 0; i < NI; i++) for (j = 0; j < NK; j++) fa[i][j] = (float)((i * j) % 7) * .25f; /* L:* */
    for (i = 0; i < NK; i++) for (j = 0; j < NJ; j++) fb[i][j] = (float)((i - j) % 3) * .5f;  /* L:* */
    for (i = 0; i < m * lda; i++) {         /* L:init_ab */
        a[i] = i % 9 - 4;
        b[i] = i % 11 * 0.5;
    }
    for (i = 0; i < m * ldc; i++)           /* L:init_c */
        c[i] = -7.0;
    for (i = 0; i < m; i++)                 /* L:init_v */
        for (j = 0; j < m; j++) {           /* L:init_vj */
            va[i][j] = (i + 2 * j) % 6;
            vb[i][j] = (3 * i + j) % 4 - 1.5;
            vc[i][j] = 1.0 + j % 2;
        }

    gemm_static(1.25f, 0.5f);
    gemm_ld(m, m, m, a, lda, b, lda, c, ldc);
    gemm_vla(n, va, vb, vc);

    for (i = 0; i < NI; i++)                /* L:s1 */
        for (j = 0; j < NJ; j++)            /* L:s1j */
            s1 += fc[i][j] * (i % 3 + 1) * (j % 5 + 1);
    for (i = 0; i < m * ldc; i++)           /* L:s2 */
        s2 += c[i] * (i % 4 + 1);
    for (i = 0; i < m; i++)                 /* L:s3 */
        for (j = 0; j < m; j++)             /* L:s3j */
            s3 += vc[i][j] * (1 + (i + j) % 3);
    printf("%.4f %.4f %.4f\n", s1, s2, s3);
    printf("pad %.1f %.1f last %.4f\n", c[m], c[m * ldc - 1], c[(m - 1) * ldc + m - 1]);
    free(a); free(b); free(c); free(va); free(vb); free(vc);
    return 0;
}
