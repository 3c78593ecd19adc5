// SPDX-License-Identifier: Apache-2.0
/*
 * libm_calls: the mathematics library in kernels, double and float.
 *
 * Exercises: the table of libm/libc functions without side effects, float variants, macros of
 * <math.h> (isnan, signbit, isfinite, fpclassify), abs/labs of <stdlib.h>, NaN and infinity as
 * data, functions with an output pointer (frexp, modf) into private variables; and errno after a
 * errno set, which only the host has.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double probe_errno(const double *restrict a, double *restrict r, int n)
{
	int i, failed;

	errno = 0;
	for (i = 0; i < n; i++)				/* L:errno */
		r[i] = log(a[i]);
	failed = errno != 0;
	return failed ? 1.0 : 0.0;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 613;
	double *a = malloc(sizeof(double) * n), *b = malloc(sizeof(double) * n);
	float *f = malloc(sizeof(float) * n);
	int *k = malloc(sizeof(int) * n), *kind = malloc(sizeof(int) * n);
	int i;

	for (i = 0; i < n; i++) {			/* L:init */
		a[i] = (i % 37) / 8.0 - 2.0;
		b[i] = -1.0;
		f[i] = 0.5f + (float)(i % 11) * 0.25f;
		k[i] = kind[i] = 0;
	}
	for (i = 0; i < n; i++) {			/* L:elementary */
		double x = a[i];
		b[i] = sin(x) + cos(x) * tan(x / 4) + asin(x / 8) + acos(x / 8) + atan(x) + sinh(x / 2)
		       + cosh(x / 2) + tanh(x) + exp(-x) + exp2(x / 3) + expm1(x / 9) + log(x + 3)
		       + log2(x + 3) + log10(x + 3) + log1p(x + 2.5);
	}
	for (i = 0; i < n; i++) {			/* L:rounding */
		b[i] += floor(a[i]) + 2 * ceil(a[i]) + 3 * trunc(a[i]) + 5 * round(a[i]) + rint(a[i] * 2)
			+ fabs(a[i]) + cbrt(a[i]) + hypot(a[i], 1.5) + fmod(a[i], 0.75)
			+ copysign(0.5, a[i]) + pow(fabs(a[i]) + 0.5, 1.25) + erf(a[i])
			+ fdim(a[i], 0.25) + fma(a[i], 2.0, 1.0) + atan2(a[i], 0.3);
		k[i] = (int)lround(a[i] * 10) + abs(i - 300) + (int)labs((long)i - 100L);
	}
	for (i = 0; i < n; i++)				/* L:single */
		f[i] = sqrtf(f[i]) + expf(-f[i]) + fabsf(f[i] - 2.0f) + powf(f[i], 1.5f) + sinf(f[i])
		       + fmaxf(f[i], 1.0f) - fminf(f[i], 2.0f) + floorf(f[i]) + logf(f[i]);
	for (i = 0; i < n; i++) {			/* L:classify */
		double q = (a[i] - 0.5) / (double)(i % 5 - 2);
		kind[i] = (isnan(q) ? 1 : 0) + (isinf(q) ? 2 : 0) + (isfinite(q) ? 4 : 0)
			  + (signbit(q) && !isnan(q) ? 8 : 0);
	}
	for (i = 0; i < n; i++) {			/* L:output_pointer */
		int e;
		double whole, m = frexp(a[i] + 3.0, &e);
		double part = modf(a[i] * 1.5, &whole);
		b[i] += m * e + part - whole;
	}

	double sb = 0, sf = 0;
	long sk = 0, sn = 0;
	for (i = 0; i < n; i++) {			/* L:sum */
		sb += b[i] * (i % 4 + 1);
		sf += f[i] * (float)(i % 3 + 1);
		sk += (long)k[i] * (i % 5 + 1);
		sn += (long)kind[i] * (i % 7 + 1);
	}
	printf("%.8f %.3f %ld %ld\n", sb, sf, sk, sn);
	printf("errno set %.0f\n", probe_errno(a, b, n));
	printf("%d %d %.6f\n", isnan(b[0]) != 0, isinf(b[n / 2]) != 0, a[n - 1]);
	free(a); free(b); free(f); free(k); free(kind);
	return 0;
}
