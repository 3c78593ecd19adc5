/* Bodies under their mutual gravity: all pairs, leapfrog steps, one array for each coordinate.
 *
 * usage: nbody [bodies [steps]]      prints the energy before and after
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SOFTENING 1.0e-3 /* keeps close encounters finite */
#define TIME_STEP 1.0e-3

/* Positions in the unit cube and small velocities, the same ones in every run. */
static void scatter_bodies(int n, double *x, double *y, double *z, double *vx, double *vy,
                           double *vz, double *mass)
{
    unsigned state = 12345u;
    for (int i = 0; i < n; i++) {
        double draw[6];
        for (int k = 0; k < 6; k++) {
            state = state * 1664525u + 1013904223u;
            draw[k] = (state >> 8) / 16777216.0;
        }
        x[i] = draw[0];
        y[i] = draw[1];
        z[i] = draw[2];
        vx[i] = 0.1 * (draw[3] - 0.5);
        vy[i] = 0.1 * (draw[4] - 0.5);
        vz[i] = 0.1 * (draw[5] - 0.5);
        mass[i] = 1.0 / n;
    }
}

/* Kinetic energy plus the (softened) potential energy of every pair. */
static double energy(int n, const double *x, const double *y, const double *z, const double *vx,
                     const double *vy, const double *vz, const double *mass)
{
    double total = 0.0;
    for (int i = 0; i < n; i++) {
        total += 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
        for (int j = 0; j < i; j++) {
            double dx = x[j] - x[i];
            double dy = y[j] - y[i];
            double dz = z[j] - z[i];
            total -= mass[i] * mass[j] / sqrt(dx * dx + dy * dy + dz * dz + SOFTENING);
        }
    }
    return total;
}

static void advance(int n, int steps, double *x, double *y, double *z, double *vx, double *vy,
                    double *vz, const double *mass)
{
    for (int t = 0; t < steps; t++) {
        for (int i = 0; i < n; i++) {
            double ax = 0.0;
            double ay = 0.0;
            double az = 0.0;
            for (int j = 0; j < n; j++) {
                double dx = x[j] - x[i];
                double dy = y[j] - y[i];
                double dz = z[j] - z[i];
                double square = dx * dx + dy * dy + dz * dz + SOFTENING;
                double pull = mass[j] / (square * sqrt(square));
                ax += dx * pull;
                ay += dy * pull;
                az += dz * pull;
            }
            vx[i] += TIME_STEP * ax;
            vy[i] += TIME_STEP * ay;
            vz[i] += TIME_STEP * az;
        }
        for (int i = 0; i < n; i++) {
            x[i] += TIME_STEP * vx[i];
            y[i] += TIME_STEP * vy[i];
            z[i] += TIME_STEP * vz[i];
        }
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1024;
    int steps = argc > 2 ? atoi(argv[2]) : 10;
    if (n < 1 || steps < 0) {
        fprintf(stderr, "usage: nbody [bodies [steps]]\n");
        return 1;
    }

    size_t bytes = (size_t)n * sizeof(double);
    double *x = malloc(bytes), *y = malloc(bytes), *z = malloc(bytes);
    double *vx = malloc(bytes), *vy = malloc(bytes), *vz = malloc(bytes);
    double *mass = malloc(bytes);
    if (!x || !y || !z || !vx || !vy || !vz || !mass) {
        fprintf(stderr, "nbody: not enough memory for %d bodies\n", n);
        return 1;
    }

    scatter_bodies(n, x, y, z, vx, vy, vz, mass);
    printf("bodies = %d, steps = %d\n", n, steps);
    printf("energy before %.9f\n", energy(n, x, y, z, vx, vy, vz, mass));
    advance(n, steps, x, y, z, vx, vy, vz, mass);
    printf("energy after  %.9f\n", energy(n, x, y, z, vx, vy, vz, mass));

    free(x), free(y), free(z);
    free(vx), free(vy), free(vz);
    free(mass);
    return 0;
}
