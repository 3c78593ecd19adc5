// SPDX-License-Identifier: Apache-2.0
/*
 * pointers_and_unions: what the type system does not tell.
 *
 * Exercises: calls through function pointers (chosen at run time), a union used to look at the bits
 * of a value (private to the iteration), an array of unions with a dependence that only the union
 * shows, a character view of an array of doubles, two typed views of one buffer, walking pointers
 * (p++), a pointer that is reseated in the loop, memcpy type punning.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double (*unary)(double);

static double twice(double x) { return x + x; }
static double square(double x) { return x * x; }
static double inverse(double x) { return 1.0 / (x + 3.0); }

static const unary operations[3] = { twice, square, inverse };

union word {
	float f;
	uint32_t u;
	unsigned char c[4];
};

static void apply(unary op, const double *restrict in, double *restrict out, int n)
{
	for (int i = 0; i < n; i++)		/* L:apply */
		out[i] = op(in[i]);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 331;
	double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
	union word *w = malloc((n + 1) * sizeof *w);
	uint32_t *bits = malloc(n * sizeof *bits);
	int i;

	for (i = 0; i < n; i++) {		/* L:init */
		x[i] = (i % 27) * 0.25;
		y[i] = 0.0;
		w[i].f = (float)(i % 13) * 0.5f;
		bits[i] = 0;
	}
	w[n].u = 0;
	apply(operations[argc % 3], x, y, n);
	for (i = 0; i < n; i++)			/* L:table_call */
		y[i] += operations[i % 3](x[i]);

	for (i = 0; i < n; i++) {		/* L:local_union */
		union word t;
		t.f = (float)x[i];
		bits[i] = t.u >> 20;
	}
	for (i = 0; i < n; i++)			/* L:union_recurrence */
		w[i + 1].f = (float)(w[i].u >> 24) + 0.5f;
	for (i = 0; i < n; i++)			/* L:union_bytes */
		w[i].c[3] ^= 0x80;

	unsigned char *bytes = (unsigned char *)x;
	for (i = 8; i < n * 8; i++)		/* L:byte_view */
		bytes[i] = (unsigned char)(bytes[i] ^ (x[i / 8 - 1] > 2.0 ? 1 : 0));

	int32_t *words = (int32_t *)(void *)bits;
	for (i = 1; i < n; i++)			/* L:two_views */
		bits[i] = (uint32_t)(words[i - 1] * 3 + i) % 4096u;

	const double *p = y;
	double *q = y, dot = 0.0;
	for (i = 0; i < n; i++)			/* L:walking */
		dot += *p++ * x[i];
	while (q < y + n)			/* L:walking_while */
		*q++ += 1.0;
	for (q = y; q != y + n; q++)		/* L:pointer_loop */
		*q *= 1.5;
	q = y;
	for (i = 0; i < n; i++) {		/* L:reseated */
		if (i % 100 == 99)
			q = x;
		q[i] += 2.0;
	}
	uint64_t hash = 0;
	for (i = 0; i < n; i++) {		/* L:memcpy_bits */
		uint64_t b;
		memcpy(&b, &y[i], sizeof b);
		hash ^= b;
	}
	double sx = 0, sy = 0, sw = 0;
	long sb = 0;
	for (i = 0; i < n; i++) {		/* L:sum */
		sx += x[i] * (i % 3 + 1);
		sy += y[i] * (i % 5 + 1);
		sw += w[i].f * (float)(i % 7 + 1);
		sb += (long)bits[i] * (i % 4 + 1);
	}
	printf("%.6f %.6f %.4f %ld dot %.6f hash %d last %.4f\n", sx, sy, sw, sb, dot,
	       (int)(hash >> 52), w[n].f);
	free(x); free(y); free(w); free(bits);
	return 0;
}
