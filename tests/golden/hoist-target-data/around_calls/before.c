#include <stdio.h>
#include <stdlib.h>

static double total[3];

static void fill(int n, double *a, double start)
{
    for (int i = 0; i < n; i++)
        a[i] = start + i * 0.01;
}

static void relax(int n, const double *from, double *to)
{
    for (int i = 1; i < n - 1; i++)
        to[i] = 0.5 * (from[i - 1] + from[i + 1]);
}

static double sum(int n, const double *a)
{
    double s = 0.0;
    for (int i = 0; i < n; i++)
        s += a[i];
    return s;
}

/* the host's copy is asked for: not to be called with stale memory */
static void pin(int n, double *a)
{
    a[0] = 1.0;
    for (int i = 0; i < n; i++)
        a[i] *= 0.5;
}

/* all stays on the device, but for an element and the sums */
void resident(int n, int steps)
{
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v);
    fill(n, u, 1.0);
    fill(n, v, 0.0);
    for (int t = 0; t < steps && sum(n, u) > 0.25; t++) {
        relax(n, u, v);
        double *swap = u;
        u = v;
        v = swap;
        total[t % 3] = sum(n, u);
        printf("%g\n", v[n / 2]);
    }
    free(u);
    free(v);
}

void not_resident(int n, int steps)
{
    double *u = malloc(n * sizeof *u);
    fill(n, u, 1.0);
    for (int t = 0; t < steps; t++)
        pin(n, u);
    printf("%g\n", sum(n, u));
    free(u);
}
