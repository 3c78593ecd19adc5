// SPDX-License-Identifier: Apache-2.0
/*
 * lastprivate_values: values that outlive their loop.
 *
 * Exercises: scalar assigned in every iteration and printed afterwards, induction variables
 * (counting up, down and by steps) used after the loop, a value assigned under a condition, one
 * that keeps its old value when the loop has no iteration, inner induction variables after a nest,
 * a scalar that is dead afterwards (must be private only), a nest whose loops must not change places
 * because of who assigns last.  Run with n = 0 and n = 1.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 509;
	double *a = calloc(n + 3, sizeof(double));
	double *b = calloc(n + 3, sizeof(double));
	double t, last = -7.0, kept = -8.0, twice = -9.0;
	int i, j, k = -1, where = -1;
	long down;
	unsigned step;

	for (i = 0; i < n + 3; i++)			/* L:init */
		a[i] = (i * 23 % 41) - 20.25;

	for (i = 0; i < n; i++) {			/* L:last */
		last = a[i] * 2.0;
		b[i] = last + 1.0;
	}
	printf("i %d last %.4f\n", i, last);

	for (i = 0; i < n; i++) {			/* L:dead */
		t = a[i] * a[i];
		b[i] += t;
	}
	printf("i %d\n", i);
	t = 0.5;

	for (i = 0; i < n; i++) {			/* L:conditional */
		if (a[i] > 5.0) {
			kept = a[i];
			where = i;
		}
		b[i] -= 0.25;
	}
	printf("kept %.4f where %d\n", kept, where);

	for (down = n - 1; down >= 0; down--)		/* L:down */
		b[down] += (double)down;
	printf("down %ld\n", down);

	for (step = 1; step < (unsigned)n; step += 3) {	/* L:step */
		twice = b[step] * 2.0;
		a[step] = twice;
	}
	printf("step %u twice %.4f\n", step, twice);

	for (i = 0; i < n; i++)				/* L:nest_i */
		for (j = i; j < n; j++)			/* L:nest_j */
			k = j - i;
	printf("i %d k %d\n", i, k);

	/* a value computed on the way and needed by serial code right after */
	double prev = t;
	for (i = 0; i < n; i++) {			/* L:shifted */
		double now = a[i];
		b[i] = now - prev;
		prev = now;
	}
	printf("prev %.4f\n", prev);

	int rows = n / 16, width = n < 13 ? n : 13, cell = -1;
	for (i = 0; i < rows; i++)			/* L:order_i */
		for (j = 0; j < width; j++) {	/* L:order_j */
			b[j] = b[j] * 0.5 + a[i * 16 + j];
			if (a[i * 16 + j] > 8.0)
				cell = i * 16 + j;
		}
	printf("cell %d\n", cell);

	double sa = 0.0, sb = 0.0;
	for (i = 0; i < n + 3; i++) {			/* L:sum */
		sa += a[i] * (i % 4 + 1);
		sb += b[i] * (i % 6 + 1);
	}
	printf("%.6f %.6f %d\n", sa, sb, i);
	free(a);
	free(b);
	return 0;
}
