#include <stdio.h>
#include <stdlib.h>

static double total[3];

static void fill(int n, double *a, double start)
{
    #pragma omp target teams distribute parallel for map(from: a[0:n])
    for (int i = 0; i < n; i++)
        a[i] = start + i * 0.01;
}

static void relax(int n, const double *from, double *to)
{
    #pragma omp target teams distribute parallel for if(target: n > 2) map(to: from[0:n]) \
        map(from: to[1:n - 2])
    for (int i = 1; i < n - 1; i++)
        to[i] = 0.5 * (from[i - 1] + from[i + 1]);
}

static double sum(int n, const double *a)
{
    double s = 0.0;
    #pragma omp target teams distribute parallel for reduction(+: s) map(to: a[0:n])
    for (int i = 0; i < n; i++)
        s += a[i];
    return s;
}

/* the host's copy is asked for: not to be called with stale memory */
static void pin(int n, double *a)
{
    a[0] = 1.0;
    #pragma omp target teams distribute parallel for if(target: n > 10000) map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)
        a[i] *= 0.5;
}

/* all stays on the device, but for an element and the sums */
void resident(int n, int steps)
{
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v);
    #pragma omp target data map(alloc: u[0:n], v[0:n])
    {
    fill(n, u, 1.0);
    fill(n, v, 0.0);
    for (int t = 0; t < steps && sum(n, u) > 0.25; t++) {
        relax(n, u, v);
        double *swap = u;
        u = v;
        v = swap;
        total[t % 3] = sum(n, u);
        #pragma omp target update from(u[(n / 2):1], v[(n / 2):1])
        printf("%g\n", v[n / 2]);
    }
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
