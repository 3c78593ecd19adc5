// SPDX-License-Identifier: Apache-2.0
/*
 * diffusion_log: one-dimensional diffusion with a progress line in every step.
 *
 * Exercises: a pointer swap in a loop that also prints (no array is touched by the output), a kernel
 * and a swap in a called function's place, a while loop with two exits in its condition, the number
 * of steps from text; after the loop only u is read, which is either of the two buffers.
 */
#include <stdio.h>
#include <stdlib.h>

typedef double real;

static int steps_of(const char *text)
{
	int steps = 0;
	while (*text >= '0' && *text <= '9')		/* L:digits */
		steps = steps * 10 + (*text++ - '0');
	return steps;
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1217, i;
	int steps = steps_of(argc > 2 ? argv[2] : "14"), t = 0;
	real *u = malloc(n * sizeof(real)), *v = malloc(n * sizeof(real));
	real mass = 0;

	if (n < 2 || !u || !v)
		return 1;
	for (i = 0; i < n; i++) {			/* L:init */
		u[i] = (real)(i * 13 % 37);
		v[i] = (real)-1;
	}
	v[0] = u[0];
	v[n - 1] = u[n - 1];
	while (t < steps && t < 100) {			/* L:time */
		for (i = 1; i < n - 1; i++)		/* L:diffuse */
			v[i] = u[i] + 0.25 * (u[i - 1] - 2.0 * u[i] + u[i + 1]);
		real *w = u;
		u = v;
		v = w;
		t++;
		printf("%d%c", t, t % 10 ? ' ' : '\n');
	}
	printf("\n");
	for (i = 0; i < n; i++) {			/* L:sum */
		mass += u[i] * (real)(i % 11 + 1);
	}
	printf("%.9f %.9f\n", mass, u[n / 2]);
	free(u);
	free(v);
	return 0;
}
