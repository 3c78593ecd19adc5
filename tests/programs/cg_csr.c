// SPDX-License-Identifier: Apache-2.0
/*
 * cg_csr: conjugate gradients on the 5-point Laplacian in compressed sparse rows.
 *
 * Exercises: small static kernels called from a while loop, restrict parameters, reads through an
 * index array (a[col[k]]), row bounds read from memory, sums that the host needs each iteration,
 * a serial assembly whose position counter is carried from one row to the next.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int rows;
    int nnz;
} shape_t;

static shape_t assemble(int m, int *restrict ptr, int *restrict col, double *restrict val)
{
    shape_t s = {m * m, 0};
    int k = 0;
    for (int r = 0; r < m * m; r++) {   /* L:assemble */
        int i = r / m, j = r % m;
        ptr[r] = k;
        if (i > 0)     { col[k] = r - m; val[k++] = -1.0; }
        if (j > 0)     { col[k] = r - 1; val[k++] = -1.0; }
        col[k] = r; val[k++] = 4.0 + 0.01 * (r % 3);
        if (j < m - 1) { col[k] = r + 1; val[k++] = -1.0; }
        if (i < m - 1) { col[k] = r + m; val[k++] = -1.0; }
    }
    ptr[m * m] = k;
    s.nnz = k;
    return s;
}

static void spmv(int n, const int *restrict ptr, const int *restrict col,
                 const double *restrict val, const double *restrict x, double *restrict y)
{
    for (int i = 0; i < n; i++) {                   /* L:spmv_row */
        double sum = 0.0;
        for (int k = ptr[i]; k < ptr[i + 1]; k++)   /* L:spmv_nz */
            sum += val[k] * x[col[k]];
        y[i] = sum;
    }
}

static double dot(int n, const double *x, const double *y)
{
    double s = 0.0;
    for (int i = 0; i < n; i++)                     /* L:dot */
        s += x[i] * y[i];
    return s;
}

static void axpy(int n, double alpha, const double *restrict x, double *restrict y)
{
    for (int i = 0; i < n; i++)                     /* L:axpy */
        y[i] += alpha * x[i];
}

static void xpby(int n, const double *restrict x, double beta, double *restrict y)
{
    for (int i = 0; i < n; i++)                     /* L:xpby */
        y[i] = x[i] + beta * y[i];
}

int main(int argc, char **argv)
{
    int m = argc > 1 ? atoi(argv[1]) : 29;
    int maxit = argc > 2 ? atoi(argv[2]) : 60;
    int n = m * m;
    int *ptr = malloc((n + 1) * sizeof(int));
    int *col = malloc(5 * (size_t)n * sizeof(int));
    double *val = malloc(5 * (size_t)n * sizeof(double));
    double *x = calloc(n, sizeof(double)), *r = calloc(n, sizeof(double));
    double *p = calloc(n, sizeof(double)), *q = calloc(n, sizeof(double));
    shape_t s = assemble(m, ptr, col, val);

    for (int i = 0; i < n; i++)                     /* L:rhs */
        p[i] = r[i] = 1.0 + (i * 7 % 11) * 0.125;

    double rr = dot(n, r, r), rr0 = rr;
    int it = 0;
    while (it < maxit && rr > 1e-14 * rr0) {        /* L:iterate */
        spmv(n, ptr, col, val, p, q);
        double alpha = rr / dot(n, p, q);
        axpy(n, alpha, p, x);
        axpy(n, -alpha, q, r);
        double rnew = dot(n, r, r);
        xpby(n, r, rnew / rr, p);
        rr = rnew;
        it++;
    }

    double check = 0.0;
    for (int i = 0; i < n; i++)                     /* L:check */
        check += x[i] * (i % 13 + 1);
    printf("n %d nnz %d converged %d\n", s.rows, s.nnz, rr <= 1e-14 * rr0);
    printf("x %.7f %.7f check %.6f\n", x[0], x[n / 2], check);
    free(ptr); free(col); free(val); free(x); free(r); free(p); free(q);
    return 0;
}
