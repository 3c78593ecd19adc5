// SPDX-License-Identifier: Apache-2.0
/*
 * reaction_diffusion: Gray-Scott model with two species, both double-buffered.
 *
 * Exercises: two pairs of pointers exchanged in one time loop by an inlined swap of different
 * shapes (a temporary declared before the loop, and a ring of two chosen by t % 2), a host statement
 * with output in every step that touches no array, a kernel that runs in some steps only, buffers
 * whose contents survive only through the exchange.
 */
#include <stdio.h>
#include <stdlib.h>

static double total(const double *p, int n)
{
	double s = 0.0;
	int i;
	for (i = 0; i < n; i++)				/* L:total */
		s += p[i] * (i % 17 + 1);
	return s;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 61;
	int steps = argc > 2 ? atoi(argv[2]) : 13;
	int size = n * n, i, j, t;
	double *a = malloc(size * sizeof(double)), *a2 = malloc(size * sizeof(double));
	double *ring[2], *tmp;
	const double feed = 0.037, kill = 0.06;

	ring[0] = malloc(size * sizeof(double));
	ring[1] = malloc(size * sizeof(double));
	for (i = 0; i < size; i++) {			/* L:init */
		a[i] = 1.0;
		a2[i] = -3.0;
		ring[0][i] = i % 7 == 0 ? 0.5 : 0.0;
		ring[1][i] = -4.0;
	}
	for (t = 0; t < steps; t++) {			/* L:time */
		const double *b = ring[t % 2];
		double *b2 = ring[(t + 1) % 2];
		for (i = 0; i < n; i++)			/* L:react_i */
			for (j = 0; j < n; j++) {	/* L:react_j */
				int up = (i + n - 1) % n * n, down = (i + 1) % n * n;
				int left = (j + n - 1) % n, right = (j + 1) % n, at = i * n + j;
				double abb = a[at] * b[at] * b[at];
				a2[at] = a[at] + 0.2 * (a[up + j] + a[down + j] + a[i * n + left]
							+ a[i * n + right] - 4.0 * a[at])
					 - abb + feed * (1.0 - a[at]);
				b2[at] = b[at] + 0.1 * (b[up + j] + b[down + j] + b[i * n + left]
							+ b[i * n + right] - 4.0 * b[at])
					 + abb - (feed + kill) * b[at];
			}
		if (t % 4 == 2)
			for (i = 0; i < size; i++)	/* L:limit */
				a2[i] = a2[i] > 1.0 ? 1.0 : a2[i];
		tmp = a;
		a = a2;
		a2 = tmp;
		printf("step %d done\n", t);
	}
	printf("%.9f %.9f %.9f %.9f\n", total(a, size), total(a2, size), total(ring[0], size),
	       total(ring[1], size));
	free(a); free(a2); free(ring[0]); free(ring[1]);
	return 0;
}
