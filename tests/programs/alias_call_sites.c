// SPDX-License-Identifier: Apache-2.0
/*
 * alias_call_sites: static functions whose every call is in this file.
 *
 * Exercises: no restrict, but all call sites pass pointers to distinct objects (distinct mallocs, a
 * global array and a malloc, two local arrays), through one more level of calls: no guard needed.
 * One function has a call site with overlapping arguments: it does need one (or stays serial).
 */
#include <stdio.h>
#include <stdlib.h>

#define LOCAL 301

static double table[1024];

static void stencil(double *out, const double *in, int n)
{
	for (int i = 1; i < n - 1; i++)		/* L:stencil */
		out[i] = 0.25 * in[i - 1] + 0.5 * in[i] + 0.25 * in[i + 1];
}

static void ping_pong(double *x, double *y, int n, int rounds)
{
	for (int t = 0; t < rounds; t++) {	/* L:rounds */
		stencil(y, x, n);
		stencil(x, y, n);
	}
}

static void gather(double *y, const double *x, const int *at, int n)
{
	for (int i = 0; i < n; i++)		/* L:gather */
		y[i] += x[at[i]];
}

static void shift(double *y, const double *x, int n)
{
	for (int i = 0; i < n; i++)		/* L:shift */
		y[i] = 1.0 - x[i] * 0.875;
}

static double total(const double *p, int n)
{
	double s = 0.0;
	for (int i = 0; i < n; i++)		/* L:total */
		s += p[i] * (i % 8 + 1);
	return s;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 997;
	int rounds = argc > 2 ? atoi(argv[2]) : 6;
	double *u = malloc((n + 2) * sizeof *u), *v = malloc((n + 2) * sizeof *v);
	int *at = malloc(n * sizeof *at);
	double local_a[LOCAL], local_b[LOCAL];
	int i;

	for (i = 0; i < n; i++)			/* L:init_at */
		at[i] = (i * 5) % n;
	for (i = 0; i < n + 2; i++) {		/* L:init */
		u[i] = i % 12;
		v[i] = -(i % 7);
	}
	for (i = 0; i < 1024; i++)		/* L:init_table */
		table[i] = 0.125 * (i % 33);
	for (i = 0; i < LOCAL; i++) {		/* L:init_local */
		local_a[i] = i % 4;
		local_b[i] = 1.0;
	}
	ping_pong(u, v, n, rounds);
	ping_pong(local_a, local_b, LOCAL, 2);
	stencil(u, table, n < 1024 ? n : 1024);
	gather(v, table, at, n < 1024 ? n : 0);
	shift(v, u, n);
	printf("%.9f %.9f\n", total(u, n + 2), total(v, n + 2));
	shift(u + 1, u, n);			/* a recurrence: u[i+1] = 1 - 0.875 u[i] */
	printf("%.9f %.9f %.9f %.9f\n", total(u, n + 2), total(v, n + 2), total(local_a, LOCAL),
	       total(local_b, LOCAL));
	printf("%.6f %.6f %.6f\n", u[n + 1], v[n], v[n + 1]);
	free(u); free(v); free(at);
	return 0;
}
