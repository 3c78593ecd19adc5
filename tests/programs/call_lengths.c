// SPDX-License-Identifier: Apache-2.0
/*
 * call_lengths: how long an array is that a static function reads through an index array.
 *
 * Exercises: lengths from all calls, through one more level of calls and an expression; calls that
 * do not agree, an address inside an array, sizes that change after the allocation or in the
 * callee, an allocation in a loop, a pointer that moved, and a function that is also called through
 * a pointer with overlapping arrays.
 */
#include <stdio.h>
#include <stdlib.h>

static void known(int n, int k, double *restrict y, const double *restrict x,
		  const int *restrict at)
{
	if (n < 0)
		return;
	for (int i = 0; i < k; i++)		/* L:known */
		y[i] += x[at[i]];
}

static void two_lengths(int n, int k, double *restrict y, const double *restrict x,
			const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:two_lengths */
		y[i] += x[at[i] % n];
}

static void inner(int n, int k, double *restrict y, const double *restrict x,
		  const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:inner */
		y[i] += x[at[i] % n];
}

static void outer(int length, int k, double *y, double *x, int *at)
{
	inner(length + 1, k, y, x, at);
	inner(length + 1, k / 2, y, x, at);
}

static void shifted(int n, int k, double *restrict y, const double *restrict x,
		    const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:shifted */
		y[i] += x[at[i] % n];
}

static void changed(int n, int k, double *restrict y, const double *restrict x,
		    const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:changed */
		y[i] += x[at[i] + (n > 0)];
}

static void halved(int n, int k, double *restrict y, const double *restrict x,
		   const int *restrict at)
{
	n = n / 2;
	for (int i = 0; i < k; i++)		/* L:halved */
		y[i] += x[at[i]] + n;
}

static void in_a_loop(int n, int k, double *restrict y, const double *restrict x,
		      const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:in_a_loop */
		y[i] += x[at[i] % n];
}

static void damp(double *y, const double *x, int n)
{
	for (int i = 0; i < n; i++)		/* L:damp */
		y[i] = 0.5 * x[i] + 1.0;
}

static double *table;

static void make_table(int entries)
{
	table = malloc(entries * sizeof *table);
	for (int i = 0; i < entries; i++)	/* L:* */
		table[i] = i % 9;
}

static void look_up(int k, double *restrict y, const int *restrict at)
{
	for (int i = 0; i < k; i++)		/* L:look_up */
		y[i] += table[at[i]];
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 300, k = n / 2 + 1;

	if (n < 8)
		n = 8;
	double *x = malloc((n + 1) * sizeof *x), *y = malloc(n * sizeof *y);
	double *z = malloc(2 * n * sizeof *z), *w = malloc(n * sizeof *w);
	int *at = malloc(n * sizeof *at), m = n + 3;
	double *v = malloc(m * sizeof *v), *p = malloc((n + 2) * sizeof *p);
	void (*smooth)(double *, const double *, int) = damp;

	for (int i = 0; i < n; i++) {		/* L:* */
		y[i] = i;
		w[i] = i % 3;
		at[i] = (i * 7) % n;
	}
	for (int i = 0; i < n + 1; i++)		/* L:* */
		x[i] = i % 13;
	for (int i = 0; i < 2 * n; i++)		/* L:* */
		z[i] = i % 11;
	for (int i = 0; i < m; i++)		/* L:* */
		v[i] = i % 17;

	known(n, k, y, w, at);
	two_lengths(n, k, y, x, at);
	two_lengths(2 * n, k, y, z, at);
	outer(n, k, y, x, at);
	shifted(n, k, y, x + 1, at);
	m = m / 3;
	changed(m, k, y, v, at);
	halved(n, k, y, w, at);
	for (int t = 1; t < 4; t++) {		/* L:* */
		int q = n * t;
		double *u = malloc(q * sizeof *u);
		for (int i = 0; i < q; i++)	/* L:* */
			u[i] = i % 5;
		in_a_loop(q, k, y, u, at);
		free(u);
	}
	make_table(n + 5);
	look_up(k, y, at);
	p++;
	for (int i = 0; i < n + 1; i++)		/* L:* */
		p[i] = i % 6;
	for (int i = 0; i < k; i++)		/* L:moved */
		y[i] += p[at[i]];
	damp(w, z, n);
	smooth(z + 1, z, n);			/* each element from the one before it */

	double s = 0.0, r = 0.0;
	for (int i = 0; i < n; i++) {		/* L:* */
		s += y[i] * (i % 7 + 1);
		r += (w[i] + z[i]) * (i % 5 + 1);
	}
	printf("%.9f %.9f\n", s, r);
	free(x); free(y); free(z); free(w); free(at); free(v); free(p - 1); free(table);
	return 0;
}
