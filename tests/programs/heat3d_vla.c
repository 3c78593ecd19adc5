// SPDX-License-Identifier: Apache-2.0
/*
 * heat3d_vla: 3-D heat equation in the PolyBench manner: C89 loop variables, VLA parameters.
 *
 * Exercises: VLA parameters of a static function with one call site (distinct mallocs, so no
 * guard is needed), collapse(3), a time loop that ping-pongs between two arrays, a halo that must
 * stay as it is.
 */
#include <stdio.h>
#include <stdlib.h>

static void init_array(int n, double a[n][n][n], double b[n][n][n])
{
	int i, j, k;

	for (i = 0; i < n; i++)			/* L:init_i */
		for (j = 0; j < n; j++)		/* L:init_j */
			for (k = 0; k < n; k++)	/* L:init_k */
			{
				a[i][j][k] = (double)((i * i + 3 * j * k + 7 * k) % 19) * 10 / n;
				b[i][j][k] = 0.5 * a[i][j][k] - i;
			}
}

static void kernel_heat_3d(int tsteps, int n, double a[n][n][n], double b[n][n][n])
{
	int t, i, j, k;

	for (t = 1; t <= tsteps; t++) {				/* L:time */
		for (i = 1; i < n - 1; i++) {			/* L:ab_i */
			for (j = 1; j < n - 1; j++) {		/* L:ab_j */
				for (k = 1; k < n - 1; k++) {	/* L:ab_k */
					b[i][j][k] = 0.125 * (a[i+1][j][k] - 2.0 * a[i][j][k] + a[i-1][j][k])
					           + 0.125 * (a[i][j+1][k] - 2.0 * a[i][j][k] + a[i][j-1][k])
					           + 0.125 * (a[i][j][k+1] - 2.0 * a[i][j][k] + a[i][j][k-1])
					           + a[i][j][k];
				}
			}
		}
		for (i = 1; i < n - 1; i++) {			/* L:ba_i */
			for (j = 1; j < n - 1; j++) {		/* L:ba_j */
				for (k = 1; k < n - 1; k++) {	/* L:ba_k */
					a[i][j][k] = 0.125 * (b[i+1][j][k] - 2.0 * b[i][j][k] + b[i-1][j][k])
					           + 0.125 * (b[i][j+1][k] - 2.0 * b[i][j][k] + b[i][j-1][k])
					           + 0.125 * (b[i][j][k+1] - 2.0 * b[i][j][k] + b[i][j][k-1])
					           + b[i][j][k];
				}
			}
		}
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 23;
	int tsteps = argc > 2 ? atoi(argv[2]) : 7;
	double (*a)[n][n] = malloc(sizeof(double[n][n][n]));
	double (*b)[n][n] = malloc(sizeof(double[n][n][n]));
	double sa = 0.0, sb = 0.0;
	int i, j, k;

	if (!a || !b)
		return 1;
	init_array(n, a, b);
	kernel_heat_3d(tsteps, n, a, b);
	for (i = 0; i < n; i++)				/* L:sum_i */
		for (j = 0; j < n; j++)			/* L:sum_j */
			for (k = 0; k < n; k++) {	/* L:sum_k */
				sa += a[i][j][k] * (1 + (i + 3 * j + 5 * k) % 11);
				sb += b[i][j][k] * (1 + (7 * i + j + k) % 13);
			}
	printf("a %.6f b %.6f\n", sa, sb);
	printf("%.6f %.6f %.6f\n", a[0][n-1][0], a[n/2][n/2][n/2], b[n-1][n/2][n-1]);
	free(a);
	free(b);
	return 0;
}
