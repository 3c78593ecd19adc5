// SPDX-License-Identifier: Apache-2.0
/*
 * triangular_bounds: iteration spaces that are no boxes.
 *
 * Exercises: lower and upper triangles, trapezoids, bands with MIN/MAX bounds, packed triangular
 * storage (i*(i+1)/2 + j), symmetric updates, tiles with ragged ends, bounds that are expressions
 * of run-time values, triangles with a zero-trip inner loop.  Elements outside must not change.
 */
#include <stdio.h>
#include <stdlib.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define TILE 16

typedef double real;

static void syrk(int n, int m, real c[n][n], real a[n][m])
{
	for (int i = 0; i < n; i++) {			/* L:syrk_i */
		for (int j = 0; j <= i; j++)		/* L:syrk_scale */
			c[i][j] *= 0.5;
		for (int k = 0; k < m; k++)		/* L:syrk_k */
			for (int j = 0; j <= i; j++)	/* L:syrk_j */
				c[i][j] += a[i][k] * a[j][k];
	}
}

static void banded(int n, int kl, int ku, const real *restrict a, const real *restrict x,
		   real *restrict y)
{
	for (int i = 0; i < n; i++) {					/* L:band_i */
		real s = 0;
		for (int j = MAX(0, i - kl); j < MIN(n, i + ku + 1); j++)	/* L:band_j */
			s += a[i * n + j] * x[j];
		y[i] = s;
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 59, m = n / 2 + 1;
	real (*c)[n] = malloc(sizeof(real[n][n]));
	real (*a)[m] = malloc(sizeof(real[n][m]));
	real (*t)[n] = malloc(sizeof(real[n][n]));
	real *packed = malloc(sizeof(real) * (n * (n + 1) / 2 + 1));
	real *x = malloc(sizeof(real) * n), *y = malloc(sizeof(real) * n);
	int i, j;

	for (i = 0; i < n; i++) {			/* L:init_i */
		x[i] = 1.0 + i % 6;
		y[i] = -1;
		for (j = 0; j < n; j++) {		/* L:init_c */
			c[i][j] = i * 0.5 - j;
			t[i][j] = 0.125;
		}
		for (j = 0; j < m; j++)			/* L:init_a */
			a[i][j] = (i + j) % 7;
	}
	packed[n * (n + 1) / 2] = -99.0;

	syrk(n, m, c, a);
	for (i = 0; i < n; i++)				/* L:mirror_i */
		for (j = i + 1; j < n; j++)		/* L:mirror_j */
			c[i][j] = c[j][i];
	banded(n, 3, n / 4, &c[0][0], x, y);
	for (i = 0; i < n; i++)				/* L:pack_i */
		for (j = 0; j <= i; j++)		/* L:pack_j */
			packed[i * (i + 1) / 2 + j] = c[i][j] + j;
	for (int ii = 0; ii < n; ii += TILE)				/* L:tile_ii */
		for (int jj = 0; jj < n; jj += TILE)			/* L:tile_jj */
			for (i = ii; i < MIN(ii + TILE, n); i++)	/* L:tile_i */
				for (j = jj; j < MIN(jj + TILE, n); j++)	/* L:tile_j */
					t[j][i] += c[i][j];
	for (i = 2; i < n - 2; i++)			/* L:trapezoid_i */
		for (j = i - 2; j < (n + i) / 2; j++)	/* L:trapezoid_j */
			t[i][j] -= 1.0;

	real sc = 0, sp = 0, sy = 0, st = 0;
	for (i = 0; i < n; i++) {			/* L:sum_i */
		sy += y[i] * (i % 5 + 1);
		for (j = 0; j < n; j++) {		/* L:sum_j */
			sc += c[i][j] * ((i + 2 * j) % 9 + 1);
			st += t[i][j] * ((2 * i + j) % 7 + 1);
		}
	}
	for (i = 0; i <= n * (n + 1) / 2; i++)		/* L:sum_p */
		sp += packed[i] * (i % 8 + 1);
	printf("%.4f %.4f %.4f %.4f\n", sc, sp, sy, st);
	free(c); free(a); free(t); free(packed); free(x); free(y);
	return 0;
}
