// SPDX-License-Identifier: Apache-2.0
/*
 * nbody_aos: gravity with an array of structures, leapfrog.
 *
 * Exercises: struct members in subscripted lvalues, accumulators private to the outer iteration,
 * a nested triangular energy sum, a pure function called in the nest (declare target), a time loop
 * with two kernels and one scalar read per output step.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    double x, y, z;
    double vx, vy, vz;
    double mass;
} body_t;

static const double softening = 1e-3;

static double inverse_cube(double dx, double dy, double dz)
{
    double r2 = dx * dx + dy * dy + dz * dz + softening;
    double inv = 1.0 / sqrt(r2);
    return inv * inv * inv;
}

static void kick(body_t *b, int n, double dt)
{
    for (int i = 0; i < n; i++) {           /* L:kick_i */
        double ax = 0.0, ay = 0.0, az = 0.0;
        for (int j = 0; j < n; j++) {       /* L:kick_j */
            double dx = b[j].x - b[i].x;
            double dy = b[j].y - b[i].y;
            double dz = b[j].z - b[i].z;
            double w = b[j].mass * inverse_cube(dx, dy, dz);
            ax += w * dx;
            ay += w * dy;
            az += w * dz;
        }
        b[i].vx += dt * ax;
        b[i].vy += dt * ay;
        b[i].vz += dt * az;
    }
}

static void drift(body_t *b, int n, double dt)
{
    for (int i = 0; i < n; i++) {           /* L:drift */
        b[i].x += dt * b[i].vx;
        b[i].y += dt * b[i].vy;
        b[i].z += dt * b[i].vz;
    }
}

static double energy(const body_t *b, int n)
{
    double e = 0.0;
    for (int i = 0; i < n; i++) {           /* L:energy_i */
        e += 0.5 * b[i].mass * (b[i].vx * b[i].vx + b[i].vy * b[i].vy + b[i].vz * b[i].vz);
        for (int j = i + 1; j < n; j++) {   /* L:energy_j */
            double dx = b[j].x - b[i].x, dy = b[j].y - b[i].y, dz = b[j].z - b[i].z;
            e -= b[i].mass * b[j].mass / sqrt(dx * dx + dy * dy + dz * dz + softening);
        }
    }
    return e;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 79;
    int steps = argc > 2 ? atoi(argv[2]) : 12;
    double dt = 0.0078125;
    body_t *b = malloc((size_t)n * sizeof(body_t));
    if (!b)
        return 1;

    for (int i = 0; i < n; i++) {           /* L:init */
        b[i].x = (i * 37 % 101) / 25.0;
        b[i].y = (i * 53 % 97) / 25.0;
        b[i].z = (i * 71 % 89) / 25.0;
        b[i].vx = b[i].vy = b[i].vz = 0.0;
        b[i].mass = 0.01 + (i % 5) * 0.002;
    }
    for (int t = 0; t < steps; t++) {       /* L:time */
        kick(b, n, dt);
        drift(b, n, dt);
        if (t % 4 == 0)
            printf("t %2d energy %.10f\n", t, energy(b, n));
    }
    double px = 0, sx = 0;
    for (int i = 0; i < n; i++) {           /* L:sum */
        px += b[i].mass * b[i].vx + b[i].vy * (i % 3) + b[i].vz * (i % 4);
        sx += b[i].x + 2 * b[i].y + 3 * b[i].z;
    }
    printf("p %.10f s %.8f first %.8f\n", px, sx, b[0].x);
    free(b);
    return 0;
}
