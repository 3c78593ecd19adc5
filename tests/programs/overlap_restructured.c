// SPDX-License-Identifier: Apache-2.0
/*
 * overlap_restructured: nests that could be split or interchanged, if their arrays did not overlap.
 *
 * Exercises: a reduction over the outer loop whose target overlaps what it reads, a scratch array
 * and a recurrence in one loop that are the same memory. A run-time test would come too late: its
 * other path is the loop after the change.
 */
#include <stdio.h>
#include <stdlib.h>

void gather_columns(int m, int n, double *y, const double *a, const double *x)
{
	for (int i = 0; i < m; i++)			/* L:columns_i */
		for (int j = 0; j < n; j++)		/* L:columns_j */
			y[j] += a[i * n + j] * x[i];
}

void filter(int n, double *t, double *u, const double *in)
{
	for (int i = 1; i < n; i++) {			/* L:filter */
		t[i] = in[i] * 0.5 + 1.0;
		u[i] = u[i - 1] * 0.5 + in[i];
	}
}

static double digest(const double *a, int size)
{
	double s = 0.0;
	for (int i = 0; i < size; i++)			/* L:* */
		s += a[i] * (i % 7 + 1);
	return s;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 30;
	double *a = malloc(n * n * sizeof *a), *b = malloc((3 * n + 8) * sizeof *b);

	for (int i = 0; i < n * n; i++)			/* L:* */
		a[i] = i % 5 * 0.0625;
	for (int i = 0; i < 3 * n + 8; i++)		/* L:* */
		b[i] = i % 7 * 0.25;
	gather_columns(n, n, b, a, b + n);
	printf("%.12f\n", digest(b, 3 * n));
	gather_columns(n, n, b + 1, a, b);		/* x[i + 1] is y[i] */
	printf("%.12f\n", digest(b, 3 * n));
	filter(n, b, b + n, b + 2 * n);
	printf("%.12f\n", digest(b, 3 * n));
	filter(n, b + 3, b + 4, b);			/* u[i] is t[i + 1] */
	printf("%.12f\n", digest(b, 3 * n));
	free(a); free(b);
	return 0;
}
