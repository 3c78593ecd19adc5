// SPDX-License-Identifier: Apache-2.0
/*
 * grid_bounds: bounds that live in memory, and a problem size that is read once.
 *
 * Exercises: NPB-like grid_points[0] - 1 bounds, struct members as bounds and as leading
 * dimensions, bounds through once-assigned scalars, halo widths, subscripts with offsets, 4-D
 * arrays with a short last dimension, flattening of four loops, sections of part of an array.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAXG 19

static int grid_points[3];
static double us[MAXG][MAXG + 1][MAXG], rho_i[MAXG][MAXG + 1][MAXG];
static double u[MAXG][MAXG + 1][MAXG][5], rhs[MAXG][MAXG + 1][MAXG][5];

struct grid {
    int nx, ny, halo, ld;
};

static void initialize(void)
{
    int i, j, k, m;

    for (k = 0; k < MAXG; k++)                  /* L:init_k */
        for (j = 0; j < MAXG + 1; j++)          /* L:init_j */
            for (i = 0; i < MAXG; i++) {        /* L:init_i */
                us[k][j][i] = rho_i[k][j][i] = -1.0;
                for (m = 0; m < 5; m++) {       /* L:init_m */
                    u[k][j][i][m] = 1.0 + ((k * 2 + j * 3 + i * 5 + m) % 11) * 0.1;
                    rhs[k][j][i][m] = 0.01 * m;
                }
            }
}

static void compute_rhs(void)
{
    int i, j, k, m;
    double rho_inv;

    for (k = 0; k <= grid_points[2] - 1; k++) {             /* L:inv_k */
        for (j = 0; j <= grid_points[1] - 1; j++) {         /* L:inv_j */
            for (i = 0; i <= grid_points[0] - 1; i++) {     /* L:inv_i */
                rho_inv = 1.0 / u[k][j][i][0];
                rho_i[k][j][i] = rho_inv;
                us[k][j][i] = u[k][j][i][1] * rho_inv;
            }
        }
    }
    for (k = 1; k <= grid_points[2] - 2; k++) {             /* L:flux_k */
        for (j = 1; j <= grid_points[1] - 2; j++) {         /* L:flux_j */
            for (i = 1; i <= grid_points[0] - 2; i++) {     /* L:flux_i */
                for (m = 0; m < 5; m++) {                   /* L:flux_m */
                    rhs[k][j][i][m] = rhs[k][j][i][m]
                        + 0.5 * (u[k][j][i + 1][m] - 2.0 * u[k][j][i][m] + u[k][j][i - 1][m])
                        + us[k][j + 1][i] - us[k][j - 1][i] + rho_i[k + 1][j][i];
                }
            }
        }
    }
}

static double smooth(const struct grid *g, const double *restrict in, double *restrict out)
{
    const int lo = g->halo, hi = g->nx - g->halo, ld = g->ld;
    double most = 0.0;

    for (int i = lo; i < hi; i++)                               /* L:smooth_i */
        for (int j = g->halo; j < g->ny - g->halo; j++) {       /* L:smooth_j */
            const double *c = in + i * ld + j;
            out[i * ld + j] = (c[-ld] + c[ld] + c[-1] + c[1]) / 4.0;
            most = fmax(most, out[i * ld + j]);
        }
    return most;
}

int main(int argc, char **argv)
{
    int nx = argc > 1 ? atoi(argv[1]) : 17, ny = argc > 2 ? atoi(argv[2]) : 13;
    struct grid g;
    double su = 0, sr = 0, sf = 0;

    grid_points[0] = nx;
    grid_points[1] = ny;
    grid_points[2] = 11;
    if (nx > MAXG || ny > MAXG)
        return 2;
    initialize();
    compute_rhs();

    g.nx = nx * 5;
    g.ny = ny * 5;
    g.halo = 2;
    g.ld = g.ny + 3;
    double *f = malloc(sizeof *f * g.nx * g.ld), *h = malloc(sizeof *h * g.nx * g.ld);
    for (int i = 0; i < g.nx * g.ld; i++) {             /* L:init_f */
        f[i] = i % 37;
        h[i] = -5.0;
    }
    double most = smooth(&g, f, h);

    for (int k = 0; k < MAXG; k++)                      /* L:sum_k */
        for (int j = 0; j < MAXG + 1; j++)              /* L:sum_j */
            for (int i = 0; i < MAXG; i++) {            /* L:sum_i */
                su += (us[k][j][i] + rho_i[k][j][i]) * (1 + (i + j + k) % 4);
                for (int m = 0; m < 5; m++)             /* L:sum_m */
                    sr += rhs[k][j][i][m] * (m + 1) * (1 + (i + k) % 3);
            }
    for (int i = 0; i < g.nx * g.ld; i++)               /* L:sum_f */
        sf += h[i] * (i % 9 + 1);
    printf("%.9f %.9f %.6f %.6f %.2f\n", su, sr, sf, most, us[10][ny][0]);
    free(f);
    free(h);
    return 0;
}
