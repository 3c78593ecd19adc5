// SPDX-License-Identifier: Apache-2.0
/*
 * leading_dimensions: rows that are a given distance apart, which may be less than their length.
 *
 * Exercises: a[i*ld + j] with ld a parameter, called with rows apart and with rows that overlap (a
 * parallel loop would then give another result), padding between rows that keeps its contents, a
 * volume with two pitches, a time loop under one test, pitches together with arrays that may
 * overlap, rows of no elements.
 */
#include <stdio.h>
#include <stdlib.h>

/* with ld < n an element is updated by several rows, and what a row reads depends on the one above */
void relax(int m, int n, int ld, double *restrict a)
{
	for (int i = 0; i < m; i++)			/* L:relax_i */
		for (int j = 0; j < n; j++)		/* L:relax_j */
			a[i * ld + j] = 0.75 * a[i * ld + j] + 0.0625 * i + 0.03125 * j;
}

void transform(int m, int n, double *dst, int ld, const double *src, int ls)
{
	for (int i = 0; i < m; i++)			/* L:transform_i */
		for (int j = 0; j < n; j++)		/* L:transform_j */
			dst[i * ld + j] = 1.5 * src[i * ls + j] - j;
}

void halo(int m, int n, int pitch, float *restrict a)
{
	for (int i = 0; i < m; i++)			/* L:halo_i */
		for (int j = 0; j < n; j++)		/* L:halo_j */
			a[i * pitch + j + 2] = 0.5f * a[i * pitch + j + 2] + 1.0f;
}

void volume(int nx, int ny, int nz, int lx, int ly, double *restrict a)
{
	for (int k = 0; k < nz; k++)			/* L:volume_k */
		for (int j = 0; j < ny; j++)		/* L:volume_j */
			for (int i = 0; i < nx; i++)	/* L:volume_i */
				a[(k * ly + j) * lx + i] = 0.5 * a[(k * ly + j) * lx + i] + k - j;
}

void smooth(int steps, size_t m, size_t n, size_t ld, double *restrict u, double *restrict v)
{
	for (int s = 0; s < steps; s++) {		/* L:steps */
		for (size_t i = 1; i + 1 < m; i++)	/* L:* */
			for (size_t j = 1; j + 1 < n; j++)	/* L:* */
				v[i * ld + j] = 0.25 * (u[i * ld + j - 1] + u[i * ld + j + 1]
							+ u[(i - 1) * ld + j] + u[(i + 1) * ld + j]);
		for (size_t i = 0; i < m; i++)		/* L:back_i */
			for (size_t j = 0; j < n; j++)	/* L:back_j */
				u[i * ld + j] = 0.5 * u[i * ld + j] + v[i * ld + j];
	}
}

static double *numbers(int size)
{
	double *out = malloc((size + 1) * sizeof *out);
	for (int i = 0; i < size; i++)			/* L:* */
		out[i] = i % 13 - 0.25 * (i % 4);
	return out;
}

static double digest(const double *a, int size)
{
	double s = 0.0;
	for (int i = 0; i < size; i++)			/* L:* */
		s += a[i] * (i % 7 + 1);
	return s;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 40, m = n / 2 + 2, size = (m + 4) * (n + 8) * 4;
	int pitches[4] = {n + 3, n, n > 4 ? n - 3 : 1, 1};
	double *a = numbers(size), *b = numbers(size);
	float *f = calloc(size + 4, sizeof *f);

	for (int p = 0; p < 4; p++) {			/* L:* */
		int ld = pitches[p];
		relax(m, n, ld, a);
		printf("relax %d %.9f\n", p, digest(a, size));
		transform(m, n, a, ld, b, n);
		transform(m, n, a, ld, a + 1, ld);	/* one array under two names */
		printf("transform %d %.9f\n", p, digest(a, size));
		halo(m, n, ld + 1, f);
		double s = 0.0;
		for (int i = 0; i < size; i++)		/* L:* */
			s += f[i] * (i % 5 + 1);
		printf("halo %d %.6f\n", p, s);
		smooth(3, m, n, ld, a, b);
		printf("smooth %d %.9f %.9f\n", p, digest(a, size), digest(b, size));
	}
	volume(n, m, 3, n, m, a);
	volume(n, m, 3, n + 2, m + 1, a);
	volume(n, m, 3, n - 1, m + 1, a);		/* rows overlap */
	volume(n, m, 3, n, m - 1, a);			/* planes overlap */
	relax(m, 0, 0, NULL);
	relax(0, n, n, NULL);
	printf("volume %.9f\n", digest(a, size));
	free(a); free(b); free(f);
	return 0;
}
