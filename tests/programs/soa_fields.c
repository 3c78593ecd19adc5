// SPDX-License-Identifier: Apache-2.0
/*
 * soa_fields: a structure of arrays whose pointers carry no restrict.
 *
 * Exercises: struct with pointer members, restrict-less pointers inside a struct, the same function
 * called with members that are distinct and with members that overlap (shifted views), a struct
 * passed by value and by pointer.  Order matters for the overlapping call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fields {
	int n;
	float *rho;
	float *flux;
	float *work;
};

static void advance(struct fields *f, float c)
{
	int i;

	for (i = 1; i < f->n - 1; i++)		/* L:flux */
		f->flux[i] = c * (f->rho[i + 1] - f->rho[i - 1]);
	for (i = 1; i < f->n - 1; i++)		/* L:rho */
		f->rho[i] -= 0.5f * f->flux[i];
}

void shift_scale(struct fields f, float s)
{
	for (int i = 0; i < f.n; i++)		/* L:shift */
		f.work[i] = s * f.rho[i] + 0.25f;
}

static double weigh(const float *p, int n)
{
	double s = 0.0;
	for (int i = 0; i < n; i++)		/* L:weigh */
		s += p[i] * (1 + i % 6);
	return s;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 211;
	int steps = argc > 2 ? atoi(argv[2]) : 9;
	struct fields f, g;
	int i, t;

	f.n = n;
	f.rho = malloc((n + 4) * sizeof(float));
	f.flux = malloc((n + 4) * sizeof(float));
	f.work = malloc((n + 4) * sizeof(float));
	if (!f.rho || !f.flux || !f.work)
		return 1;
	for (i = 0; i < n + 4; i++) {		/* L:init */
		f.rho[i] = 1.0f + (float)(i % 8) / 16.0f;
		f.flux[i] = -1.0f;
		f.work[i] = 9.0f;
	}
	for (t = 0; t < steps; t++)		/* L:time */
		advance(&f, 0.125f);
	shift_scale(f, 2.0f);
	printf("%.6f %.6f %.6f\n", weigh(f.rho, n + 4), weigh(f.flux, n + 4), weigh(f.work, n + 4));

	/* the view g reads and writes one array, two elements apart: a recurrence of distance 2 */
	memcpy(f.work, f.rho, n * sizeof(float));
	g = f;
	g.rho = f.work;
	g.work = f.work + 2;
	shift_scale(g, 0.5f);
	printf("%.6f last %.6f %.6f\n", weigh(f.work, n + 4), f.work[n + 1], f.work[n + 3]);

	/* and the same buffer for both: in place */
	g.rho = g.work = f.flux;
	shift_scale(g, -1.0f);
	printf("%.6f tail %.6f\n", weigh(f.flux, n + 4), f.flux[n]);
	free(f.rho);
	free(f.flux);
	free(f.work);
	return 0;
}
