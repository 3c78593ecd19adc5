// SPDX-License-Identifier: Apache-2.0
/*
 * lattice_d2q9: lattice Boltzmann on a periodic channel with obstacles.
 *
 * Exercises: constant tables at file scope read in kernels, a private array of nine populations,
 * inner loops of constant length, periodic neighbours by modulo, a byte mask with continue, two
 * lattices exchanged by pointer to array T (*)[9], conditional sums, double.
 */
#include <stdio.h>
#include <stdlib.h>

#define Q 9

static const int cx[Q] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
static const int cy[Q] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
static const int opposite[Q] = {0, 3, 4, 1, 2, 7, 8, 5, 6};
static const double weight[Q] = {4.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9,
                                 1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};

typedef double (*lattice)[Q];

static void step(int nx, int ny, double omega, lattice src, lattice dst, const unsigned char *solid)
{
    for (int y = 0; y < ny; y++) {                              /* L:step_y */
        for (int x = 0; x < nx; x++) {                          /* L:step_x */
            double f[Q], rho = 0.0, ux = 0.0, uy = 0.0;
            const int here = y * nx + x;
            for (int q = 0; q < Q; q++) {                       /* L:pull */
                int sx = (x - cx[q] + nx) % nx;
                int sy = (y - cy[q] + ny) % ny;
                f[q] = src[sy * nx + sx][q];
            }
            if (solid[here]) {
                for (int q = 0; q < Q; q++)                     /* L:bounce */
                    dst[here][q] = f[opposite[q]];
                continue;
            }
            for (int q = 0; q < Q; q++) {                       /* L:moments */
                rho += f[q];
                ux += f[q] * cx[q];
                uy += f[q] * cy[q];
            }
            ux = ux / rho + 1e-4;
            uy = uy / rho;
            for (int q = 0; q < Q; q++) {                       /* L:collide */
                double cu = 3.0 * (cx[q] * ux + cy[q] * uy);
                double feq = weight[q] * rho * (1.0 + cu + 0.5 * cu * cu
                                                - 1.5 * (ux * ux + uy * uy));
                dst[here][q] = f[q] + omega * (feq - f[q]);
            }
        }
    }
}

int main(int argc, char **argv)
{
    int nx = argc > 1 ? atoi(argv[1]) : 53, ny = argc > 2 ? atoi(argv[2]) : 31;
    int steps = argc > 3 ? atoi(argv[3]) : 10;
    lattice a = malloc((size_t)nx * ny * sizeof *a), b = malloc((size_t)nx * ny * sizeof *b);
    unsigned char *solid = calloc((size_t)nx * ny, 1);
    if (!a || !b || !solid)
        return 1;

    for (int i = 0; i < nx * ny; i++) {                         /* L:init */
        solid[i] = (i / nx == 0 || i % 101 == 7) ? 1 : 0;
        for (int q = 0; q < Q; q++)                             /* L:init_q */
            a[i][q] = weight[q] * (1.0 + 0.001 * (i % 13));
    }
    for (int i = 0; i < nx * ny; i++)                           /* L:init_b */
        for (int q = 0; q < Q; q++)                             /* L:init_bq */
            b[i][q] = -1.0;

    for (int t = 0; t < steps; t++) {                           /* L:time */
        step(nx, ny, 1.25, a, b, solid);
        lattice swap = a;
        a = b;
        b = swap;
    }
    double mass = 0.0, flow = 0.0, other = 0.0;
    for (int i = 0; i < nx * ny; i++)                           /* L:sum */
        for (int q = 0; q < Q; q++) {                           /* L:sum_q */
            mass += a[i][q];
            other += b[i][q] * (q + 1);
            if (!solid[i])
                flow += a[i][q] * (cx[q] + 2 * cy[q]);
        }
    printf("mass %.9f flow %.12f other %.9f\n", mass, flow, other);
    printf("%.12f %.12f\n", a[0][5], a[nx * ny - 1][8]);
    free(a); free(b); free(solid);
    return 0;
}
