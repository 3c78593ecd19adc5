// SPDX-License-Identifier: Apache-2.0
/*
 * maxwell_2d: finite differences in the time domain, TM mode, on static arrays of padded shape.
 *
 * Exercises: a sequence of five nests per step with different shapes (nx - 1, ny - 1), a hard source
 * line taken from a time table, a loss mask, data resident over all steps, probes gathered in a
 * small array on the device, energies by several reductions in one nest.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MX 160
#define MY 131

typedef struct { double electric, magnetic; } energy_t;

static double ez[MX][MY], hx[MX][MY], hy[MX][MY], loss[MX][MY];
static double drive[64], probe[64];

static void march(int nx, int ny, int steps)
{
    int t, i, j;
    const double c = 0.5;

    for (t = 0; t < steps; t++) {                   /* L:time */
        for (j = 0; j < ny; j++)                    /* L:source */
            ez[0][j] = drive[t];
        for (i = 0; i < nx; i++)                    /* L:hx_i */
            for (j = 0; j < ny - 1; j++)            /* L:hx_j */
                hx[i][j] -= c * (ez[i][j + 1] - ez[i][j]);
        for (i = 0; i < nx - 1; i++)                /* L:hy_i */
            for (j = 0; j < ny; j++)                /* L:hy_j */
                hy[i][j] += c * (ez[i + 1][j] - ez[i][j]);
        for (i = 1; i < nx; i++)                    /* L:ez_i */
            for (j = 1; j < ny; j++) {              /* L:ez_j */
                double curl = hy[i][j] - hy[i - 1][j] - hx[i][j] + hx[i][j - 1];
                ez[i][j] = loss[i][j] * ez[i][j] + c * curl;
            }
        probe[t] = ez[nx / 20][ny / 2];
    }
}

static energy_t energies(int nx, int ny)
{
    energy_t e = {0.0, 0.0};
    double electric = 0.0, magnetic = 0.0;
    for (int i = 0; i < nx; i++)                    /* L:energy_i */
        for (int j = 0; j < ny; j++) {              /* L:energy_j */
            electric += ez[i][j] * ez[i][j];
            magnetic += hx[i][j] * hx[i][j] + hy[i][j] * hy[i][j];
        }
    e.electric = electric;
    e.magnetic = magnetic;
    return e;
}

int main(int argc, char **argv)
{
    int nx = argc > 1 ? atoi(argv[1]) : 151, ny = argc > 2 ? atoi(argv[2]) : 127;
    int steps = argc > 3 ? atoi(argv[3]) : 30, i, j;
    double s = 0.0;

    if (nx > MX || ny > MY || steps > 64 || nx < 1 || ny < 1)
        return 2;
    for (i = 0; i < 64; i++) {                      /* L:drive */
        drive[i] = sin(0.3 * i);
        probe[i] = -9.0;
    }
    for (i = 0; i < MX; i++)                        /* L:init_i */
        for (j = 0; j < MY; j++) {                  /* L:init_j */
            ez[i][j] = hx[i][j] = 0.0;
            hy[i][j] = i >= nx ? 5.0 : 0.0;
            loss[i][j] = i > 3 * nx / 4 ? 0.9 : 1.0;
        }
    march(nx, ny, steps);
    energy_t e = energies(nx, ny);
    for (i = 0; i < MX; i++)                        /* L:sum_i */
        for (j = 0; j < MY; j++)                    /* L:sum_j */
            s += ez[i][j] * (1 + (i + j) % 3) + hx[i][j] * (1 + i % 4) + hy[i][j] * (1 + j % 5);
    double p = 0.0;
    for (i = 0; i < 64; i++)                        /* L:sum_probe */
        p += probe[i] * (i + 1);
    printf("%.9f %.9f %.6f %.9f\n", e.electric, e.magnetic, s, p);
    return 0;
}
