// SPDX-License-Identifier: Apache-2.0
/*
 * fission_split: loops whose statements separate into a parallel and a serial part.
 *
 * Exercises: expensive parallel statement next to a first-order recurrence, a parallel part that
 * depends on the recurrence (order of the two loops matters), a scalar temporary that crosses the
 * split, a nest where only one inner statement is parallel, and loops that may NOT be split (the
 * parallel part reads the new a[i] and the old a[i + 1]; the recurrence feeds the expensive part).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 701;
    double *a = malloc(sizeof(double) * (n + 1)), *b = malloc(sizeof(double) * (n + 1));
    double *c = malloc(sizeof(double) * (n + 1)), *s = malloc(sizeof(double) * (n + 1));
    double (*p)[17] = malloc(sizeof(double[17]) * (n + 1));

    for (int i = 0; i <= n; i++) {                  /* L:init */
        a[i] = (i % 31) * 0.125;
        b[i] = (i % 17) * 0.25;
        c[i] = -1.0;
        s[i] = 0.5;
        for (int j = 0; j < 17; j++)                /* L:init_p */
            p[i][j] = (i + j) % 3;
    }

    for (int i = 1; i < n; i++) {                   /* L:produce */
        c[i] = sin(a[i]) * cos(b[i]) + sqrt(a[i] + b[i]);
        s[i] = 0.5 * s[i - 1] + c[i];
    }
    for (int i = 1; i < n; i++) {                   /* L:consume */
        a[i] = 0.75 * a[i - 1] + 0.01 * b[i];
        b[i] = exp(-fabs(a[i])) + pow(a[i], 3.0);
    }
    for (int i = 1; i < n; i++) {                   /* L:blocked */
        a[i] = 0.75 * a[i - 1] + 0.01 * b[i];
        b[i] = exp(-fabs(a[i])) + a[i + 1];         /* still the old a[i + 1] */
    }
    for (int i = 1; i < n; i++) {                   /* L:temporary */
        double t = sqrt(1.0 + b[i] * b[i]) + log(2.0 + c[i] * c[i]);
        s[i] += 0.25 * t;
        c[i] = c[i - 1] * 0.5 + t;
    }
    for (int i = 1; i < n; i++) {                   /* L:rows */
        for (int j = 0; j < 17; j++)                /* L:rows_j */
            p[i][j] = p[i - 1][j] * 0.5 + a[i] * j;
        b[i] += p[i][3] * p[i][4];
    }
    for (int i = 1; i < n; i++) {                   /* L:entangled */
        double f = sin(s[i - 1]) + cos(a[i]);
        s[i] = f * 0.5 + b[i];
    }

    double sa = 0, sb = 0, sc = 0, ss = 0, sp = 0;
    for (int i = 0; i <= n; i++) {                  /* L:sum */
        sa += a[i] * (i % 3 + 1);
        sb += b[i] * (i % 4 + 1);
        sc += c[i] * (i % 5 + 1);
        ss += s[i] * (i % 6 + 1);
        for (int j = 0; j < 17; j++)                /* L:sum_p */
            sp += p[i][j] * (j % 7 + 1);
    }
    printf("%.9f %.9f %.9f %.9f %.9f\n", sa, sb, sc, ss, sp);
    free(a); free(b); free(c); free(s); free(p);
    return 0;
}
