// SPDX-License-Identifier: Apache-2.0
/*
 * sparse_formats: one matrix as CSR, ELLPACK, coordinate list and diagonals.
 *
 * Exercises: indirect reads, row loops bounded by memory, scatter-add through an index array
 * (atomic), column-major ELL with a leading dimension, negative and positive diagonals with MAX/MIN
 * bounds, long and size_t indices, bounds that are calls of a pure function, a transposed product.
 */
#include <stdio.h>
#include <stdlib.h>

#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

typedef struct {
	long rows;
	long *start;
	int *column;
	double *value;
} csr;

static long rows_of(const csr *m) { return m->rows; }

static void multiply(const csr *m, const double *restrict x, double *restrict y)
{
	for (long i = 0; i < rows_of(m); i++) {			/* L:csr */
		double s = 0.0;
		for (long k = m->start[i]; k < m->start[i + 1]; k++)	/* L:csr_k */
			s += m->value[k] * x[m->column[k]];
		y[i] = s;
	}
}

static void multiply_coo(size_t nnz, const int *restrict r, const int *restrict c,
			 const double *restrict v, const double *restrict x, double *restrict y)
{
	for (size_t k = 0; k < nnz; k++)			/* L:coo */
		y[r[k]] += v[k] * x[c[k]];
}

static void multiply_ell(int n, int width, const int *restrict c, const double *restrict v,
			 const double *restrict x, double *restrict y)
{
	for (int i = 0; i < n; i++) {				/* L:ell */
		double s = 0.0;
		for (int k = 0; k < width; k++)			/* L:ell_k */
			if (c[k * n + i] >= 0)
				s += v[k * n + i] * x[c[k * n + i]];
		y[i] = s;
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 407, i, k, d;
	static const int diagonal[5] = {-9, -1, 0, 1, 4};
	csr m;
	int *cr = malloc(5 * n * sizeof(int)), *cc = malloc(5 * n * sizeof(int));
	int *ec = malloc(5 * n * sizeof(int));
	double *ev = malloc(5 * n * sizeof(double)), *dv = calloc(5 * n, sizeof(double));
	double *x = malloc(n * sizeof(double)), *y[5];
	size_t nnz = 0;

	m.rows = n;
	m.start = malloc((n + 1) * sizeof(long));
	m.column = malloc(5 * n * sizeof(int));
	m.value = malloc(5 * n * sizeof(double));
	for (k = 0; k < 5; k++)					/* L:alloc */
		y[k] = calloc(n + 1, sizeof(double));
	for (i = 0; i < n; i++) {				/* L:assemble */
		x[i] = 1.0 + i % 8 * 0.125;
		m.start[i] = (long)nnz;
		for (k = 0; k < 5; k++) {			/* L:assemble_k */
			int j = i + diagonal[k];
			double v = (i * 3 + k * 5) % 16 * 0.25 - 1.0;
			ec[k * n + i] = j >= 0 && j < n ? j : -1;
			ev[k * n + i] = v;
			if (j < 0 || j >= n)
				continue;
			dv[k * n + i] = v;
			cr[nnz] = i;
			cc[nnz] = j;
			m.column[nnz] = j;
			m.value[nnz++] = v;
		}
	}
	m.start[n] = (long)nnz;

	multiply(&m, x, y[0]);
	multiply_coo(nnz, cr, cc, m.value, x, y[1]);
	multiply_ell(n, 5, ec, ev, x, y[2]);
	double *yd = y[3], *yt = y[4];
	for (d = 0; d < 5; d++)					/* L:dia */
		for (i = MAX(0, -diagonal[d]); i < MIN(n, n - diagonal[d]); i++)	/* L:dia_i */
			yd[i] += dv[d * n + i] * x[i + diagonal[d]];
	for (i = 0; i < n; i++)					/* L:transposed */
		for (long p = m.start[i]; p < m.start[i + 1]; p++)	/* L:transposed_p */
			yt[m.column[p]] += m.value[p] * x[i];

	for (k = 0; k < 5; k++) {				/* L:report */
		double s = 0.0;
		for (i = 0; i <= n; i++)			/* L:report_i */
			s += y[k][i] * (i % 6 + 1);
		printf("%d %.9f\n", k, s);
	}
	printf("nnz %zu\n", nnz);
	for (k = 0; k < 5; k++)					/* L:release */
		free(y[k]);
	free(cr); free(cc); free(ec); free(ev); free(dv); free(x);
	free(m.start); free(m.column); free(m.value);
	return 0;
}
