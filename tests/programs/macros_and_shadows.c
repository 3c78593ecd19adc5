// SPDX-License-Identifier: Apache-2.0
/*
 * macros_and_shadows: text that is not what it looks like.
 *
 * Exercises: loops whose header is a macro (fine), loops that come whole out of a macro and a loop
 * inside a macro argument (must not be touched), nested macro loops, a macro used twice, macros
 * for subscripts and for statements, variables that shadow an induction variable, a parameter or an
 * array, the same names in sibling scopes, an enum constant and a macro as bounds, a typedef name
 * reused as a variable, continuation lines and comments in odd places.
 */
#include <stdio.h>
#include <stdlib.h>

#define FOR(i, n) for (int i = 0; i < (n); i++)
#define FOR_RANGE(i, lo, hi, by) for (i = (lo); i < (hi); i += (by))
#define FILL(p, n, value)               \
    do {                                \
        for (int k_ = 0; k_ < (n); k_++) \
            (p)[k_] = (value);          \
    } while (0)
#define AT(m, r, c) m[(r) * WIDTH + (c)]
#define AXPY(y, a, x) ((y) += (a) * (x))
#define RUN(body) do { body } while (0)
#define WIDTH (1 << 4)

enum { HEIGHT = 23 };

typedef double value;

static value grid[HEIGHT * WIDTH], copy[HEIGHT * WIDTH];

static double weigh(const value *p, int n)
{
    double s = 0.0;
    FOR(i, n)                                               /* L:weigh */
        s += p[i] * (i % 9 + 1);
    return s;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 401;
    value *a = malloc(sizeof *a * n), *b = malloc(sizeof *b * n), *c = malloc(sizeof *c * n);
    int i, total = 0;

    FILL(a, n, 0.5);
    FILL(b, n, k_ * 0.25);
    FILL(c, n, -1.0);
    FOR(r, HEIGHT)                                          /* L:grid_r */
        FOR(q, WIDTH)                                       /* L:grid_q */
            AT(grid, r, q) = r * r - q % 3;

    FOR(j, n) {                                             /* L:axpy */
        AXPY(a[j], 2.0, b[j]);
    }
    FOR_RANGE(i, 1, n - 1, 2)                               /* L:range */
        c[i] = a[i - 1] + a[i + 1];

    for (i = 0; i < n; i++) {                               /* L:shadow_index */
        double t = 0.0;
        for (int i = 0; i < 3; i++)                         /* L:shadow_index_inner */
            t += a[i] * (i + 1);
        b[i] += t;
    }
    for (i = 0; i < n; i++) {                               /* L:shadow_array */
        double a[4] = {1.0, 2.0, 3.0, 4.0};
        a[i % 4] += b[i];
        c[i] = a[0] + a[1] - a[2] + a[3];
    }
    {
        int n = 7;                                          /* another n */
        for (int i = 0; i < n && i < total + 7; i++)        /* L:shadow_bound */
            copy[i] = n;
    }
    for (int r = 1; r < HEIGHT - 1; r++)   /* a comment */  /* L:stencil_r */
        for /* L:stencil_q */ (int /* odd */ q = 1; q /* ; ) */ < WIDTH - 1; \
             q++)
            AT(copy, r, q) = AT(grid, r - 1, q) + AT(grid, r + 1, q)
                             - 2.0 * AT(grid, r, q); // { trailing
    RUN(
        for (int j = 0; j < n; j++)                         /* L:in_argument */
            a[j] *= 1.5;
    );
    FOR(j, n) { double value = a[j]; b[j] = value * 0.5; } FOR(j, n) c[j] += b[j];      /* L:* */

    if (n > 2) for (i = 0; i < n; i++) c[i] += 1.0; else for (i = 0; i < n; i++) c[i] -= 1.0; /* L:* */

    FOR(j, n)                                               /* L:count */
        total += c[j] > 10.0;
    printf("%.6f %.6f %.6f %d\n", weigh(a, n), weigh(b, n), weigh(c, n), total);
    printf("%.6f %.6f i %d\n", weigh(grid, HEIGHT * WIDTH), weigh(copy, HEIGHT * WIDTH), i);
    free(a); free(b); free(c);
    return 0;
}
