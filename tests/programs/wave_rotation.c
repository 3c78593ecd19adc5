// SPDX-License-Identifier: Apache-2.0
/*
 * wave_rotation: onde acoustique à une dimension et demie, schéma à trois niveaux (leapfrog).
 *
 * Exercises: three buffers that rotate by pointer (u⁻, u⁰, u⁺), float arithmetic, a point source
 * added by the host or the device each step, a receiver that is printed, absorbing rims, CRLF line
 * ends, tabs and UTF-8 in comments and strings ("é", "→"), which must survive byte by byte.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef float real32;

/* Ricker – la source */
static real32 ricker(real32 t)
{
	real32 a = 9.8696f * (t - 0.4f) * (t - 0.4f) * 16.0f;
	return (1.0f - 2.0f * a) * expf(-a);
}

int main(int argc, char **argv)
{
	int nx = argc > 1 ? atoi(argv[1]) : 83;
	int nz = argc > 2 ? atoi(argv[2]) : 61;
	int steps = argc > 3 ? atoi(argv[3]) : 24;
	size_t size = (size_t)nx * nz;
	real32 *before = calloc(size, sizeof(real32));	/* u⁻ */
	real32 *now = calloc(size, sizeof(real32));	/* u⁰ */
	real32 *after = calloc(size, sizeof(real32));	/* u⁺ */
	real32 *c2 = malloc(size * sizeof(real32));
	int t, i, k;

	if (!before || !now || !after || !c2)
		return 1;
	for (i = 0; i < nx; i++)				/* L:init_i */
		for (k = 0; k < nz; k++)			/* L:init_k */
			c2[i * nz + k] = k > nz / 2 ? 0.25f : 0.125f;	/* « deux couches » */

	for (t = 0; t < steps; t++) {				/* L:time */
		for (i = 1; i < nx - 1; i++)			/* L:wave_i */
			for (k = 1; k < nz - 1; k++) {		/* L:wave_k */
				size_t at = (size_t)i * nz + k;
				after[at] = 2.0f * now[at] - before[at]
					+ c2[at] * (now[at - nz] + now[at + nz] + now[at - 1] + now[at + 1]
						    - 4.0f * now[at]);
			}
		after[(nx / 2) * nz + nz / 3] += ricker(t * 0.05f);	/* source → */
		for (i = 0; i < nx; i++)			/* L:rim */
			after[i * nz] = 0.9f * now[i * nz + (nz > 1)];
		if (t % 6 == 5)
			printf("t=%d récepteur %.5f\n", t, after[(nx / 2) * nz + nz / 3 + (nz > 4 ? 3 : 0)]);
		real32 *oldest = before;
		before = now;
		now = after;
		after = oldest;
	}

	double s0 = 0, s1 = 0, s2 = 0;
	for (i = 0; i < (int)size; i++) {			/* L:sum */
		s0 += before[i] * (i % 5 + 1);
		s1 += now[i] * (i % 7 + 1);
		s2 += after[i] * (i % 9 + 1);
	}
	printf("énergie %.6f %.6f %.6f\n", s0, s1, s2);
	free(before); free(now); free(after); free(c2);
	return 0;
}
