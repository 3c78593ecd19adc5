// SPDX-License-Identifier: Apache-2.0
/*
 * float_counters: loops that do not count in integers.
 *
 * Exercises: double and float loop variables (the trip count depends on rounding), a time loop that
 * adds dt around kernels, a loop over a value computed in the body, a comma in the header, an
 * increment by multiplication, a condition with a call, a pointer as the counter, a null statement
 * as the increment.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 307;
	double end = argc > 2 ? atof(argv[2]) : 1.0, t, dt = 0.1;
	double *u = malloc(n * sizeof(double)), *v = malloc(n * sizeof(double));
	int i, j, steps = 0;
	float f;

	for (i = 0; i < n; i++) {			/* L:init */
		u[i] = (i % 21) * 0.1;
		v[i] = 0.0;
	}
	for (t = 0.0; t < end; t += dt) {		/* L:time */
		for (i = 1; i < n - 1; i++)		/* L:lap */
			v[i] = u[i - 1] - 2.0 * u[i] + u[i + 1];
		for (i = 1; i < n - 1; i++)		/* L:add */
			u[i] += 0.25 * dt * v[i] + t * 0.001;
		steps++;
	}
	printf("steps %d t %.12f\n", steps, t);
	steps = 0;
	for (f = 0.0f; f < 1.0f; f += 0.1f) {		/* L:float */
		v[steps % n] += f;
		steps++;
	}
	printf("float steps %d\n", steps);
	for (double x = 1.0; x < 1000.0; x *= 1.5)	/* L:geometric */
		v[(int)x % n] += 1.0;
	for (i = 0, j = n - 1; i < j; i++, j--) {	/* L:two_indices */
		double s = u[i];
		u[i] = u[j];
		u[j] = s;
	}
	double acc = 0.0;
	for (i = 0; acc < 5.0 && i < n; i++)		/* L:until */
		acc += fabs(u[i]);
	printf("until %d\n", i);
	for (i = 0; i < n;) {				/* L:increment_in_body */
		v[i] += 0.5;
		i += 1 + (u[i] > 1.0);
	}
	for (i = n; i /= 2;)				/* L:halving */
		v[i] -= 3.0;

	double su = 0.0, sv = 0.0;
	for (i = 0; i < n; i++) {			/* L:sum */
		su += u[i] * (i % 4 + 1);
		sv += v[i] * (i % 6 + 1);
	}
	printf("%.9f %.9f\n", su, sv);
	free(u);
	free(v);
	return 0;
}
