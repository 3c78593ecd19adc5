// SPDX-License-Identifier: Apache-2.0
/*
 * zero_trips: sizes 0, 1, 2, ... where sections, bounds and last values go wrong.
 *
 * Exercises: loops without an iteration on NULL pointers, interiors that vanish (2 .. n - 2),
 * sections with a non-zero lower bound and a length that would be negative, reductions over
 * nothing, last values of nothing, triangles of height 0 and 1, data regions around loops that do
 * not run, an unsigned trip count that is only valid behind its test.
 */
#include <stdio.h>
#include <stdlib.h>

static double interior(int n, const double *restrict u, double *restrict v)
{
	double s = 0.0;
	for (int i = 2; i < n - 2; i++) {		/* L:interior */
		v[i] = u[i - 2] + u[i + 2] - 2.0 * u[i];
		s += v[i];
	}
	return s;
}

static void tail(size_t n, size_t from, double *v)
{
	for (size_t i = from; i < n; i++)		/* L:tail */
		v[i] += 10.0;
}

static void plane(int n, int m, double *g)
{
	for (int i = 1; i < n - 1; i++)			/* L:plane_i */
		for (int j = 1; j < m - 1; j++)		/* L:plane_j */
			g[i * m + j] = i + 0.5 * j;
}

static int lower(int n, int *t)
{
	int i, j, filled = 0;
	for (i = 0; i < n; i++)				/* L:lower_i */
		for (j = 0; j < i; j++) {		/* L:lower_j */
			t[i * n + j] = i - j;
			filled++;
		}
	return filled;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 103;
	int m = argc > 2 ? atoi(argv[2]) : 7;
	int steps = argc > 3 ? atoi(argv[3]) : 3;
	double *u = n > 0 ? malloc(n * sizeof *u) : NULL;
	double *v = n > 0 ? malloc(n * sizeof *v) : NULL;
	double *g = n * m > 0 ? malloc((size_t)n * m * sizeof *g) : NULL;
	int *t = n > 0 ? malloc((size_t)n * n * sizeof *t) : NULL;
	int i, last = -1;

	for (i = 0; i < n; i++) {			/* L:init */
		u[i] = (i * 3 % 7) * 0.5;
		v[i] = -1.0;
	}
	for (i = 0; i < n * m; i++)			/* L:init_g */
		g[i] = 0.25;
	for (i = 0; i < n * n; i++)			/* L:init_t */
		t[i] = -2;

	double s = 0.0;
	for (int k = 0; k < steps; k++) {		/* L:time */
		s += interior(n, u, v);
		tail((size_t)n, (size_t)n / 2 + 1, v);
		plane(n, m, g);
	}
	int filled = lower(n, t);
	double product = 1.0, top = -1e9;
	for (i = n; i < n / 2; i++)			/* L:never */
		product *= u[i];
	for (i = 0; i < n; i++)				/* L:top */
		top = v[i] > top ? v[i] : top;
	for (i = 5; i < n; i++)				/* L:last */
		last = 2 * i;

	double su = 0, sv = 0, sg = 0;
	long st = 0;
	int k;
	for (k = 0; k < n; k++) {			/* L:sum */
		su += u[k] * (k + 1);
		sv += v[k] * (k % 5 + 1);
	}
	for (k = 0; k < n * m; k++)			/* L:sum_g */
		sg += g[k] * (k % 3 + 1);
	for (k = 0; k < n * n; k++)			/* L:sum_t */
		st += (long)t[k] * (k % 4 + 1);
	printf("%.6f %.6f %.6f %ld\n", su, sv, sg, st);
	printf("s %.6f filled %d product %.1f top %.6g last %d i %d\n", s, filled, product, top, last, i);
	free(u); free(v); free(g); free(t);
	return 0;
}
