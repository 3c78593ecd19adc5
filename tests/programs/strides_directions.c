// SPDX-License-Identifier: Apache-2.0
/*
 * strides_directions: loops in every direction.
 *
 * Exercises: steps > 1, negative steps, steps in variables, != conditions up and down, conditions
 * written the other way round (n > i), <= and >=, i = i + 2, comma-free C89 forms, odd-even
 * phases with stride 2 (in place, parallel within a phase), a red-black sweep, i *= 2 (host) around
 * a parallel inner loop, long and unsigned indices.
 */
#include <stdio.h>
#include <stdlib.h>

static void odd_even_sort(int *restrict v, int n)
{
    for (int phase = 0; phase < n; phase++)                 /* L:phase */
        for (int i = phase % 2; i + 1 < n; i += 2)          /* L:exchange */
            if (v[i] > v[i + 1]) {
                int t = v[i];
                v[i] = v[i + 1];
                v[i + 1] = t;
            }
}

static void red_black(int n, double g[n][n], int sweeps)
{
    int s, colour, i, j;

    for (s = 0; s < sweeps; s++)                            /* L:sweep */
        for (colour = 0; colour < 2; colour++)              /* L:colour */
            for (i = 1; i < n - 1; i++)                     /* L:rb_i */
                for (j = 1 + (i + colour) % 2; j < n - 1; j += 2)   /* L:rb_j */
                    g[i][j] = 0.25 * (g[i - 1][j] + g[i + 1][j] + g[i][j - 1] + g[i][j + 1]);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 131;
    int stride = argc > 2 ? atoi(argv[2]) : 3;
    double *a = calloc(n + 2, sizeof *a), *b = calloc(n + 2, sizeof *b);
    double (*g)[n] = calloc(n, sizeof *g);
    int *v = malloc(n * sizeof *v);
    long l;
    int i, h;

    for (i = 0; i != n; i++) {                      /* L:up_ne */
        a[i] = i * 0.5;
        v[i] = (i * 59) % 127;
    }
    for (i = n - 1; i != -1; i--)                   /* L:down_ne */
        b[i] = a[i] - 2.0;
    for (i = n - 1; i >= 0; i -= 2)                 /* L:down2 */
        a[i] = b[i] * 3.0;
    for (i = 0; n > i; i = i + 5)                   /* L:reversed_condition */
        b[i] += 100.0;
    for (i = 1; i <= n - 1; i += stride)            /* L:variable_step */
        b[i] += a[i];
    for (l = n; l > 0; l = l - 3L)                  /* L:long_down */
        a[l - 1] = a[l - 1] + l;
    for (unsigned u = (unsigned)n; u-- > 0;)        /* L:unsigned_down */
        b[u] *= 1.0 + (u % 3u);
    for (i = 2; i < n; i += 2)                      /* L:distance_one */
        a[i] += a[i - 1];
    for (i = 2; i < n; i += 2)                      /* L:distance_two */
        b[i] += b[i - 2];
    for (h = 1; h < n; h *= 2)                      /* L:doubling */
        for (i = 0; i < n - h; i++)                 /* L:doubling_inner */
            g[0][i] += h * a[i + h];

    for (i = 0; i < n; i++)                         /* L:border_i */
        for (int j = 0; j < n; j++)                 /* L:border_j */
            if (i == 0 || j == 0 || i == n - 1 || j == n - 1)
                g[i][j] = (i * 3 + j) % 17;
    odd_even_sort(v, n);
    red_black(n, g, 5);

    double sa = 0, sb = 0, sg = 0;
    long sv = 0;
    for (i = 0; i < n + 2; i++) {                   /* L:sum */
        sa += a[i] * (i % 3 + 1);
        sb += b[i] * (i % 4 + 1);
    }
    for (i = 0; i < n; i++) {                       /* L:sum_v */
        sv += (long)v[i] * (i + 1);
        for (int j = 0; j < n; j++)                 /* L:sum_g */
            sg += g[i][j] * (1 + (i + j) % 5);
    }
    printf("%.6f %.6f %.9f %ld\n", sa, sb, sg, sv);
    free(a); free(b); free(g); free(v);
    return 0;
}
