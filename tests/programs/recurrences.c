// SPDX-License-Identifier: Apache-2.0
/*
 * recurrences: loops that look parallel and are not.
 *
 * Exercises: true, anti and output dependences of distance one and more, a distance that is only
 * known at run time, wavefronts (Gauss-Seidel), a carried scalar, prefix sums, a recurrence hidden
 * in a second subscript, a recurrence through a linearized index, one across a function call; and
 * two that are parallel although they look serial (distance larger than the trip count; GCD).
 */
#include <stdio.h>
#include <stdlib.h>

#define N 307

static double a[N + 40], b[N + 40], grid[41][43];

static void push(double *p, int i)
{
	p[i + 1] = 0.5 * p[i] + p[i + 1];
}

static double digest(const double *p, int n)
{
	double s = 0.0;
	int i;
	for (i = 0; i < n; i++)			/* L:digest */
		s += p[i] * (i % 13 + 1);
	return s;
}

static void reset(void)
{
	int i;
	for (i = 0; i < N + 40; i++) {		/* L:reset */
		a[i] = (i * 37 % 53) * 0.25;
		b[i] = (i * 11 % 29) * 0.5;
	}
}

int main(int argc, char **argv)
{
	int k = argc > 1 ? atoi(argv[1]) : 3;
	int i, j;
	double carried = 1.0;

	if (k < 0 || k > 39)
		return 2;
	reset();
	for (i = 1; i < N; i++)			/* L:first_order */
		a[i] = 0.5 * a[i - 1] + b[i];
	printf("%.9f\n", digest(a, N + 40));
	for (i = 2; i < N; i++)			/* L:fibonacci */
		b[i] = 0.5 * b[i - 1] + 0.25 * b[i - 2];
	printf("%.9f\n", digest(b, N + 40));
	reset();
	for (i = 0; i < N - 1; i++)		/* L:anti */
		a[i] = a[i + 1] * 0.5 + b[i];
	for (i = 0; i < N; i++)			/* L:runtime_distance */
		b[i + k] = b[i] + a[i];
	printf("%.9f %.9f\n", digest(a, N + 40), digest(b, N + 40));
	reset();
	for (i = 0; i < N; i++) {		/* L:output */
		a[i] = b[i];
		a[i + 1] = b[i] * 0.5;
	}
	for (i = N - 2; i >= 0; i--)		/* L:backward */
		b[i] += 0.5 * b[i + 1];
	printf("%.9f %.9f\n", digest(a, N + 40), digest(b, N + 40));
	reset();
	for (i = 0; i < N; i++) {		/* L:carried_scalar */
		b[i] += carried;
		carried = 0.5 * a[i] - 0.125 * carried;
	}
	for (i = 1; i < N; i++)			/* L:prefix */
		a[i] += a[i - 1];
	printf("%.9f %.9f %.9f\n", digest(a, N + 40), digest(b, N + 40), carried);
	reset();
	for (i = 0; i < N; i++)			/* L:through_call */
		push(a, i);
	for (i = 0; i < N; i++)			/* L:reversed */
		b[i] = b[N - 1 - i] + 1.0;
	printf("%.9f %.9f\n", digest(a, N + 40), digest(b, N + 40));
	reset();
	for (i = 0; i < 40; i++)		/* L:far_away */
		a[i] = a[i + 40] * 0.5 + a[i + 41];
	for (i = 0; i < N / 2; i++)		/* L:even_odd */
		b[2 * i] = b[2 * i + 1] + 0.5;
	printf("%.9f %.9f\n", digest(a, N + 40), digest(b, N + 40));

	for (i = 0; i < 41; i++)		/* L:grid_i */
		for (j = 0; j < 43; j++)	/* L:grid_j */
			grid[i][j] = (i * 7 + j * 5) % 17;
	for (i = 1; i < 40; i++)		/* L:seidel_i */
		for (j = 1; j < 42; j++)	/* L:seidel_j */
			grid[i][j] = 0.25 * (grid[i - 1][j] + grid[i][j - 1] + grid[i + 1][j]
					     + grid[i][j + 1]);
	double *flat = &grid[0][0];
	for (i = 43; i < 41 * 43; i++)		/* L:linearized */
		flat[i] = 0.5 * flat[i] + 0.5 * flat[i - 43];
	printf("%.9f\n", digest(flat, 41 * 43));
	return 0;
}
