// SPDX-License-Identifier: Apache-2.0
/*
 * leaving_early: data environments that are left, or joined, in the middle.
 *
 * Exercises: return, break, continue and goto out of time loops with a value that only the device
 * has, memory freed on one way out, arrays allocated between kernels, an array that two kernels
 * write together and one that they do not fill, host statements in a row, one element of each of
 * two exchanged pointers, bounds read from an array that the device writes, nests of arrays that
 * may overlap (their order must stay).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double settle(double *restrict x, double *restrict y, int n, int steps, double limit)
{
    for (int t = 0; t < steps; t++) {           /* L:settle_time */
        for (int i = 0; i < n; i++)             /* L:settle_y */
            y[i] = x[i] * 1.01 + t;
        if (y[0] > limit)
            return y[0] + x[n - 1];
        for (int i = 0; i < n; i++)             /* L:settle_x */
            x[i] = y[i] + 0.5;
        if (x[n - 1] > 2.0 * limit) {
            x[n - 1] = 77.0;
            return x[n - 1];
        }
    }
    return x[n - 1];
}

/* nothing of out may come back on the ways that have not written it */
static int scaled(const double *restrict x, double *restrict out, int n, double most)
{
    double sum = 0.0;
    double *w = malloc(n * sizeof *w);
    for (int i = 0; i < n; i++)                 /* L:weights */
        w[i] = 1.0 + x[i] * x[i];
    for (int i = 0; i < n; i++)                 /* L:weights_sum */
        sum += w[i];
    if (sum > most) {
        free(w);
        return -1;
    }
    for (int i = 0; i < n; i++)                 /* L:scale */
        out[i] = w[i] / sum;
    double *more = malloc((n + 2) * sizeof *more);
    for (int i = 0; i < n + 2; i++)             /* L:more */
        more[i] = 0.5 * i;
    for (int i = 0; i < n; i++)                 /* L:add_more */
        out[i] += more[i + 2] + w[i];
    free(w);
    free(more);
    return 1;
}

static int exchange(const double *u, const double *v, int n, int steps, double *out)
{
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    int t;
    for (int i = 0; i < n; i++) {               /* L:copy_in */
        a[i] = u[i];
        b[i] = v[i];
    }
    for (t = 0; t < steps; t++) {               /* L:exchange_time */
        double change = 0.0;
        for (int i = 1; i < n - 1; i++)         /* L:smooth */
            b[i] = 0.5 * (a[i - 1] + a[i + 1]);
        for (int i = 1; i < n - 1; i++)         /* L:change */
            change += fabs(b[i] - a[i]);
        out[1] += 0.3 * a[2] - 0.7 * b[1];
        if (change < 0.01) {
            out[0] = b[1];
            free(a);
            free(b);
            return t;
        }
        if (change > 1e6)
            goto out;
        double *w = a;
        a = b;
        b = w;
    }
out:
    out[0] = a[2];
    for (int i = 0; i < n; i++)                 /* L:copy_out */
        out[2] += a[i] - 0.3 * b[i];
    free(a);
    free(b);
    return -t;
}

static double rounds(double *restrict p, int n, int m)
{
    double total = 0.0;
    for (int k = 0; k < m; k++) {               /* L:rounds */
        double *q = malloc(n * sizeof *q);
        for (int i = 0; i < n; i++)             /* L:rounds_q */
            q[i] = p[i] + k;
        for (int i = 0; i < n; i++)             /* L:rounds_half */
            q[i] = q[i] * 0.5;
        if (k == 2) {
            free(q);
            continue;
        }
        if (q[0] > 4.0) {
            total += q[0];
            free(q);
            break;
        }
        for (int i = 0; i < n; i++)             /* L:rounds_p */
            p[i] += q[i] * 0.1;
        total += p[n - 1];
        free(q);
    }
    return total;
}

static void frames(int n, int m, double full[restrict n][m], double open[restrict n][m])
{
    for (int i = 1; i < n; i++)                 /* L:frame_i */
        for (int j = 0; j < m; j++) {           /* L:frame_j */
            full[i][j] = 0.5 * i + j;
            open[i][j] = 0.25 * i - j;
        }
    for (int j = 0; j < m; j++)                 /* L:frame_full */
        full[0][j] = j;
    for (int j = 1; j < m; j++)                 /* L:frame_open */
        open[0][j] = -j;
    for (int i = 0; i < n - 1; i++)             /* L:frame_add_i */
        for (int j = 0; j < m; j++)             /* L:frame_add_j */
            full[i][j] += 0.125 * open[i + 1][j];
}

static double in_a_row(double a[restrict], int n, int k)
{
    double sum = 0.0;
    double *b = malloc(n * sizeof *b);
    int *where = &k;
    for (int i = 0; i < n; i++)                 /* L:row_fill */
        b[i] = a[i] + i;
    b[0] = 5.0;
    b[0] += 0.25;
    b[k] = 2.0;
    k++;
    b[k] = b[0] + b[k - 1];
    *where = 1;
    b[k] += 0.5;
    for (int i = 0; i < n; i++)                 /* L:row_sum */
        sum += b[i];
    if (b[0] > 5.0)
        b[0] = -b[0];
    else
        b[k] = 1.0;
    for (int i = 0; i < n; i++)                 /* L:row_back */
        a[i] = b[i];
    free(b);
    return sum;
}

static double picked(int *restrict pick, double (*restrict g)[8], int n)
{
    double sum = 0.0;
    for (int t = 0; t < 3; t++) {               /* L:picked_time */
        for (int i = 0; i < n; i++)             /* L:pick */
            pick[i] = (7 * i + t) % n;
        g[pick[t]][2] = 0.5 + t;
        for (int i = 0; i < n; i++)             /* L:picked_sum */
            sum += 0.01 * pick[i] * i;
    }
    for (int i = 0; i < n; i++)                 /* L:picked_g */
        sum += g[i][2];
    return sum;
}

static void columns(int n, int m, double a[n][m], double b[n][m])
{
    for (int i = 1; i < n; i++)                 /* L:columns_i */
        for (int j = 0; j < m; j++)             /* L:columns_j */
            a[i][j] = 0.5 * a[i - 1][j] + 0.25 * b[i - 1][(j + 1) % m];
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 60;
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), out[3] = {0.0, 0.0, 0.0};
    double (*f)[n] = malloc(sizeof(double[n][n])), (*g)[n] = malloc(sizeof(double[n][n]));
    double (*e)[8] = calloc(n, sizeof *e);
    int *pick = malloc(n * sizeof *pick);

    for (int i = 0; i < n; i++) {               /* L:init_i */
        x[i] = i % 7;
        y[i] = i % 5;
        for (int j = 0; j < n; j++)             /* L:init_j */
            f[i][j] = g[i][j] = (i + 3 * j) % 11;
    }
    printf("%.9f\n", settle(x, y, n, 5, 1e9));
    printf("%.9f\n", settle(x, y, n, 50, 20.0));
    printf("%.9f\n", settle(x, y, n, 50, 3.0));
    printf("%d %d\n", scaled(x, y, n, 1.0), scaled(x, y, n, 1e12));
    printf("%d\n", exchange(x, y, n, 3, out));
    printf("%d\n", exchange(x, y, n, 4000, out));
    printf("%.9f %.9f %.9f\n", out[0], out[1], out[2]);
    printf("%.9f %.9f\n", rounds(x, n, 2), rounds(x, n, 9));
    frames(n, n, f, g);
    printf("%.9f\n", in_a_row(y, n, 2));
    printf("%.9f\n", picked(pick, e, n));
    columns(n, n, f, f);
    columns(n, n, g, f);

    double sx = 0.0, sy = 0.0, sf = 0.0, sg = 0.0;
    for (int i = 0; i < n; i++) {               /* L:sum_i */
        sx += x[i] * (i % 9 + 1);
        sy += y[i] * (i % 4 + 1);
        for (int j = 0; j < n; j++) {           /* L:sum_j */
            sf += f[i][j] * ((i + j) % 5 + 1);
            sg += g[i][j] * ((i + 2 * j) % 3 + 1);
        }
    }
    printf("%.9f %.9f %.9f %.9f %.9f\n", sx, sy, sf, sg, g[0][0]);
    free(x); free(y); free(f); free(g); free(e); free(pick);
    return 0;
}
