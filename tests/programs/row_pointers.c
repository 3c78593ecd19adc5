// SPDX-License-Identifier: Apache-2.0
/*
 * row_pointers: double ** matrices, the way numerical recipes taught it.
 *
 * Exercises: a table of row pointers over one contiguous block, rows allocated one by one (jagged),
 * rows that are exchanged by pointer (partial pivoting), two rows that are the same row, a hoisted
 * row pointer inside the nest.  Nothing may be assumed contiguous or distinct without a proof.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double **matrix(int n, int m)
{
	double **a = malloc(n * sizeof(double *));
	a[0] = malloc((size_t)n * m * sizeof(double));
	for (int i = 1; i < n; i++)		/* L:table */
		a[i] = a[0] + (size_t)i * m;
	return a;
}

static void free_matrix(double **a)
{
	free(a[0]);
	free(a);
}

static int eliminate(double **a, int n, double *rhs)
{
	int i, j, k, swaps = 0;

	for (k = 0; k < n; k++) {			/* L:column */
		int p = k;
		for (i = k + 1; i < n; i++)		/* L:pivot */
			if (fabs(a[i][k]) > fabs(a[p][k]))
				p = i;
		if (p != k) {
			double *row = a[k], t = rhs[k];
			a[k] = a[p];
			a[p] = row;
			rhs[k] = rhs[p];
			rhs[p] = t;
			swaps++;
		}
		for (i = k + 1; i < n; i++) {		/* L:row */
			double f = a[i][k] / a[k][k];
			double *ai = a[i];
			const double *ak = a[k];
			for (j = k; j < n; j++)		/* L:update */
				ai[j] -= f * ak[j];
			rhs[i] -= f * rhs[k];
		}
	}
	return swaps;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 47;
	double **a = matrix(n, n), **c = matrix(n, n);
	double **jagged = calloc(n, sizeof *jagged);
	double *rhs = malloc(n * sizeof *rhs);
	double s = 0, sc = 0, sj = 0, sr = 0;
	int i, j, swaps;

	for (i = 0; i < n; i++) {			/* L:init */
		jagged[i] = calloc(i + 1, sizeof(double));
		rhs[i] = i % 9 - 4.0;
		for (j = 0; j < n; j++) {		/* L:init_j */
			a[i][j] = (i * 17 + j * 29) % 31 - 15.0 + (i == j ? 0.5 : 0.0);
			c[i][j] = 0.0;
		}
	}
	for (i = 0; i < n; i++)				/* L:transpose */
		for (j = 0; j < n; j++)			/* L:transpose_j */
			c[j][i] = a[i][j] * 0.5 + c[j][i];
	for (i = 0; i < n; i++)				/* L:jagged */
		for (j = 0; j <= i; j++)		/* L:jagged_j */
			jagged[i][j] = a[i][j] + c[j][i];

	/* rows 0 and n/2 become one and the same: the loop now adds twice to it */
	double *saved = jagged[n / 2];
	jagged[n / 2] = jagged[0];
	for (i = 0; i < n; i++)				/* L:shared_row */
		jagged[i][0] = jagged[i][0] * 2.0 + i;
	jagged[n / 2] = saved;

	swaps = eliminate(a, n, rhs);
	for (i = 0; i < n; i++) {			/* L:sum */
		sr += rhs[i] * (i % 3 + 1);
		for (j = 0; j < n; j++) {		/* L:sum_j */
			if (j >= i)
				s += a[i][j] * ((i + j) % 5 + 1);
			sc += c[i][j] * ((i + 2 * j) % 7 + 1);
		}
		for (j = 0; j <= i; j++)		/* L:sum_jagged */
			sj += jagged[i][j] * (j % 4 + 1);
	}
	printf("swaps %d\n%.6f %.6f %.6f %.6f\n", swaps, s, sc, sj, sr);

	double *first = a[0];
	for (i = 0; i < n; i++) {			/* L:release */
		free(jagged[i]);
		if (a[i] < first)
			first = a[i];
	}
	free(jagged);
	a[0] = first;		/* the rows were exchanged: the block starts at the lowest one */
	free_matrix(a);
	free_matrix(c);
	free(rhs);
	return 0;
}
