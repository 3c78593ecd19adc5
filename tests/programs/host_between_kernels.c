// SPDX-License-Identifier: Apache-2.0
/*
 * host_between_kernels: the host looks into and changes device data between kernels.
 *
 * Exercises: one element written by the host each step (inflow with static state, cannot run on
 * the device), one element printed each step (target update from), the whole array dumped every
 * eighth step by a function that prints, a coefficient array rewritten by the host in one step
 * only (target update to under a condition), data otherwise resident.
 */
#include <stdio.h>
#include <stdlib.h>

static double inflow(int t)
{
    static double level = 1.0;
    level = 0.875 * level + 0.03125 * (t % 5);
    return level;
}

static void dump(const double *u, int n, int t)
{
    double s = 0.0;
    for (int i = 0; i < n; i++)                 /* L:dump */
        s += u[i] * (i % 10 + 1);
    printf("dump %d: %.9f %.9f\n", t, s, u[n - 1]);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 2003;
    int steps = argc > 2 ? atoi(argv[2]) : 20;
    double *u = malloc(n * sizeof(double));
    double *flux = malloc((n + 1) * sizeof(double));
    double *speed = malloc(n * sizeof(double));
    if (!u || !flux || !speed || n < 2)
        return 1;

    for (int i = 0; i < n; i++) {               /* L:init */
        u[i] = 0.0625 * (i % 16);
        speed[i] = 0.25 + 0.125 * (i % 3);
        flux[i] = 0.0;
    }
    flux[n] = -3.0;

    for (int t = 0; t < steps; t++) {           /* L:time */
        u[0] = inflow(t);                       /* host writes one element */
        for (int i = 1; i < n; i++)             /* L:flux */
            flux[i] = speed[i] * (u[i] - u[i - 1]);
        for (int i = 1; i < n; i++)             /* L:apply */
            u[i] -= 0.5 * flux[i];
        printf("t %d probe %.9f\n", t, u[n / 2]);       /* host reads one element */
        if (t % 8 == 7)
            dump(u, n, t);                      /* host reads everything */
        if (t == 10)
            for (int i = 0; i < n; i += 97) {   /* L:gates */
                speed[i] = 0.5 * inflow(i);     /* host writes some elements, once */
            }
    }
    double su = 0.0, sf = 0.0;
    for (int i = 0; i < n; i++) {               /* L:sum */
        su += u[i] * (i % 7 + 1);
        sf += flux[i] * (i % 5 + 1);
    }
    printf("%.9f %.9f %.1f\n", su, sf, flux[n]);
    free(u);
    free(flux);
    free(speed);
    return 0;
}
