// SPDX-License-Identifier: Apache-2.0
/*
 * resident_calls: kernels in functions that loops of other functions call.
 *
 * Exercises: arrays that stay on the device around calls, also two levels up, with file-scope
 * arrays, exchanged pointers, sub-arrays and calls in conditions; and callees that may not be
 * called so: they touch the host's copy now and then, free it, leave before the kernel, are
 * recursive, guard their kernel, or name other memory than their caller does.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 640

static double field[N], other[N];
static int calls;

static void fill(int n, double *a, double start)
{
    for (int i = 0; i < n; i++)                             /* L:fill */
        a[i] = start + (i * 37 % 101) * 0.01;
}

static void smooth(int n, const double *from, double *to)
{
    for (int i = 1; i < n - 1; i++)                         /* L:smooth */
        to[i] = 0.25 * from[i - 1] + 0.5 * from[i] + 0.25 * from[i + 1];
}

/* called with rows of one array: what makes sure that they are apart is a test */
static void smooth_row(int n, const double *from, double *to)
{
    for (int i = 1; i < n - 1; i++)                         /* L:smooth_row */
        to[i] = 0.25 * from[i - 1] + 0.5 * from[i] + 0.25 * from[i + 1];
}

static double norm(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)                             /* L:norm */
        sum += a[i] * b[i];
    return sqrt(sum);
}

static void scale(int n, double *a, double factor)
{
    for (int i = 0; i < n; i++)                             /* L:scale */
        a[i] *= factor;
}

/* two levels, and the pointers change places inside */
static void two_steps(int n, double *a, double *b)
{
    for (int t = 0; t < 2; t++) {                           /* L:two_steps */
        smooth(n, a, b);
        double *swap = a;
        a = b;
        b = swap;
    }
}

/* file-scope arrays by name */
static void advance(void)
{
    for (int i = 1; i < N - 1; i++)                         /* L:advance */
        other[i] = 0.5 * (field[i - 1] + field[i + 1]);
    for (int i = 1; i < N - 1; i++)                         /* L:advance_back */
        field[i] = other[i];
    calls++;
}

/* the host looks at an element, but only in every third call */
static void sometimes_host(int n, double *a)
{
    if (calls++ % 3 == 2)
        a[0] = a[n - 1] * 0.5;
    for (int i = 0; i < n; i++)                             /* L:sometimes_host */
        a[i] += 0.125;
}

/* leaves before the kernel that would write all */
static void maybe_reset(int n, double *a, int wanted)
{
    if (!wanted)
        return;
    for (int i = 0; i < n; i++)                             /* L:maybe_reset */
        a[i] = 1.0;
}

/* the section's length may be negative although the loop runs */
static void edges(int n, double *a, double *b)
{
    for (int i = 0; i < n; i++) {                           /* L:edges */
        b[i] += 1.0;
        for (int k = 2; k < n - 2; k++)                     /* L:edges_inner */
            b[i] += a[k] * 1e-3;
    }
}

/* memory is given back inside */
static double last_use(int n, double *a)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)                             /* L:last_use */
        sum += a[i];
    free(a);
    return sum;
}

static void halves(int n, double *a, int depth)
{
    for (int i = 0; i < n; i++)                             /* L:halves */
        a[i] = a[i] * 0.5 + depth;
    if (depth > 0)
        halves(n / 2, a, depth - 1);
}

/* where they overlap the order matters */
static void shift(int n, double *a, const double *b)
{
    for (int i = 0; i < n; i++)                             /* L:shift */
        a[i] = b[i] + 0.5;
}

/* the host walks over it behind another name */
static double peek(const double *a, int at)
{
    const double *p = a + at;
    return p[0] - (at > 0 ? p[-1] : 0.0);
}

static double diffusion(int n, int steps)
{
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v);
    fill(n, u, 1.0);
    fill(n, v, 0.0);
    for (int t = 0; t < steps; t++) {                       /* L:diffusion */
        smooth(n, u, v);
        double *swap = u;
        u = v;
        v = swap;
    }
    double result = norm(n, u, v) + norm(n, u, u);
    printf("diffusion %.10f %.10f\n", u[n / 2], v[n / 3]);
    free(u);
    free(v);
    return result;
}

static double conditions(int n)
{
    double *u = malloc(n * sizeof *u);
    int rounds = 0;
    fill(n, u, 2.0);
    while (norm(n, u, u) > 3.0 && rounds < 40) {            /* L:conditions */
        scale(n, u, 0.75);
        if (norm(n, u, u) > 100.0)
            scale(n, u, 0.5);
        rounds++;
    }
    double at_end = u[n - 1];
    free(u);
    return at_end + rounds;
}

static double mixed(int n, int steps)
{
    double *u = malloc(n * sizeof *u), *v = calloc(n, sizeof *v), total = 0.0;
    fill(n, u, 1.0);
    for (int t = 0; t < steps; t++) {                       /* L:mixed */
        two_steps(n, u, v);
        if (t % 2 == 0)
            total += peek(u, n - 1);
        sometimes_host(n, u);
        maybe_reset(n, v, t == 1);
        total += v[t % n];
        u[t % n] += 0.25;
    }
    edges(n, u, v);
    shift(n - 1, u, u + 1);
    shift(n, v, u);
    halves(n, v, 3);
    total += norm(n, u, v) + last_use(n, u);
    free(v);
    return total;
}

static double parts(int n, int steps)
{
    double *rows = malloc(4 * n * sizeof *rows);
    for (int r = 0; r < 4; r++)                             /* L:parts_fill */
        fill(n, rows + r * n, r);
    for (int t = 0; t < steps; t++)                         /* L:parts */
        for (int r = 0; r < 3; r++)                         /* L:parts_rows */
            smooth_row(n, rows + r * n, rows + (r + 1) * n);
    double result = norm(4 * n, rows, rows);
    free(rows);
    return result;
}

static double by_name(int steps)
{
    double other = 0.5;                     /* not the array */
    fill(N, field, 0.0);
    for (int t = 0; t < steps; t++) {                       /* L:by_name */
        advance();
        if (t == steps / 2)
            other += field[7];
    }
    return other + field[N / 3];
}

/* the same arrays, where nothing hides a name */
static double by_name_again(int steps)
{
    for (int t = 0; t < steps; t++) {                       /* L:by_name_again */
        advance();
        scale(N, field, 0.99);
    }
    return other[5] + norm(N, field, other);
}

static double through_pointer(int n, void (*each)(int, double *, double))
{
    double *u = malloc(n * sizeof *u);
    fill(n, u, 1.5);
    for (int t = 0; t < 3; t++)                             /* L:through_pointer */
        each(n, u, 0.5);
    double result = norm(n, u, u);
    free(u);
    return result;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 500, steps = argc > 2 ? atoi(argv[2]) : 6;
    printf("%.10f\n", diffusion(n, steps));
    printf("%.10f\n", conditions(n));
    printf("%.10f\n", mixed(n, steps));
    printf("%.10f\n", parts(n, steps));
    printf("%.10f\n", by_name(steps));
    printf("%.10f\n", by_name_again(steps));
    printf("%.10f\n", through_pointer(n, scale));
    printf("%d\n", calls);
    return 0;
}
