// SPDX-License-Identifier: Apache-2.0
/*
 * device_functions: the closure of what a kernel calls.
 *
 * Exercises: pure functions that call others, a forward-declared function defined below its use, a
 * constant global table and a run-time initialized global table read by a device function, a
 * function with loops of its own (Horner), an output parameter that points to a private variable,
 * a static inline function, a switch in a device function, bounded recursion.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double coefficient[7] = {1.0, -0.5, 0.25, -0.125, 0.0625, -0.03125, 0.015625};
static double calibration[32];
static int mode = 2;

static double refine(double guess, double value);

static double horner(double x)
{
    double p = 0.0;
    for (int k = 6; k >= 0; k--)            /* L:horner */
        p = p * x + coefficient[k];
    return p;
}

static inline double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static void polar(double x, double y, double *r, double *phi)
{
    *r = sqrt(x * x + y * y);
    *phi = atan2(y, x);
}

static double response(double x, int channel)
{
    double v;
    switch (channel % 4) {
    case 0:
        v = x;
        break;
    case 1:
        v = x * x;
        break;
    case 2:
        v = horner(x);
        break;
    default:
        v = refine(x, 2.0 + x);
    }
    return v * calibration[channel & 31] + mode;
}

static double refine(double guess, double value)
{
    for (int k = 0; k < 3; k++)             /* L:refine */
        guess = 0.5 * (guess + value / (fabs(guess) + 1.0));
    return guess;
}

static long gcd(long a, long b)
{
    return b == 0 ? a : gcd(b, a % b);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1409;
    double *x = malloc(n * sizeof(double)), *y = malloc(n * sizeof(double));
    double *z = malloc(n * sizeof(double));
    long *common = malloc(n * sizeof(long));

    for (int k = 0; k < 32; k++)            /* L:calibrate */
        calibration[k] = 1.0 + 1.0 / (k + 2);
    if (argc > 5)
        mode = 7;
    for (int i = 0; i < n; i++) {           /* L:init */
        x[i] = (i % 101) / 50.5 - 1.0;
        y[i] = 0.0;
    }

    for (int i = 0; i < n; i++)             /* L:respond */
        y[i] = clamp(response(x[i], i), -4.0, 6.0);
    for (int i = 0; i < n; i++) {           /* L:polar */
        double r, phi;
        polar(x[i], y[i], &r, &phi);
        z[i] = r * cos(phi - 0.25) + phi;
    }
    calibration[3] = 10.0;
    for (int i = 0; i < n; i++)             /* L:respond_again */
        x[i] = response(x[i], i + 1);
    for (int i = 0; i < n; i++)             /* L:recursive */
        common[i] = gcd(720720 + i, 5040 + 3 * i);

    double sx = 0, sy = 0, sz = 0;
    long sc = 0;
    for (int i = 0; i < n; i++) {           /* L:sum */
        sx += x[i] * (i % 3 + 1);
        sy += y[i] * (i % 5 + 1);
        sz += z[i] * (i % 7 + 1);
        sc += common[i] * (i % 4 + 1);
    }
    printf("%.9f %.9f %.9f %ld\n", sx, sy, sz, sc);
    free(x); free(y); free(z); free(common);
    return 0;
}
