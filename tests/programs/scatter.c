// SPDX-License-Identifier: Apache-2.0
/*
 * scatter: indirect and folded writes.
 *
 * Exercises: a[idx[i]] = with duplicate indices (the last one wins), a permutation that nobody can
 * prove, computed subscripts that fold (i / 2, i % 7, (i * 3) % n), subscripts that do not (2 * i +
 * 1, n - 1 - i), scatter-add (atomic), gather (harmless), gather and scatter on one array, a
 * running output position (stream compaction), a store of a constant through duplicate indices.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 399;
    int *idx = malloc(n * sizeof(int)), *perm = malloc(n * sizeof(int));
    double *a = malloc(2 * n * sizeof(double)), *b = malloc(2 * n * sizeof(double));
    int *last = malloc(n * sizeof(int)), *mark = calloc(n, sizeof(int));
    int *folded = malloc(n * sizeof(int)), *kept = malloc(n * sizeof(int));
    int i, count = 0;

    for (i = 0; i < n; i++) {               /* L:init */
        idx[i] = (i * i + 3) % (n > 8 ? n / 8 : 1);
        perm[i] = (int)((i * 5L + 2) % n);  /* a permutation when 5 does not divide n */
        last[i] = folded[i] = kept[i] = -1;
    }
    for (i = 0; i < 2 * n; i++) {           /* L:init_ab */
        a[i] = (i % 19) * 0.5;
        b[i] = -1.0;
    }

    for (i = 0; i < n; i++)                 /* L:duplicates */
        last[idx[i]] = i;
    for (i = 0; i < n; i++)                 /* L:permutation */
        b[perm[i]] = a[i];
    for (i = 0; i < n; i++)                 /* L:half */
        folded[i / 2] = i;
    for (i = 0; i < n; i++)                 /* L:modulo */
        folded[n - 1 - i % 7 % n] = i;
    for (i = 0; i < n; i++)                 /* L:times_three */
        kept[(i * 3) % n] = i * 2;
    for (i = 0; i < n; i++)                 /* L:odd_places */
        b[2 * i + 1] = a[i] + a[2 * n - 1 - i];
    for (i = 0; i < n; i++)                 /* L:mirror */
        a[n + (n - 1 - i)] = b[i] * 0.5;
    for (i = 0; i < n; i++)                 /* L:scatter_add */
        b[idx[i]] += 0.25 * (i % 9);
    for (i = 0; i < n; i++)                 /* L:gather */
        a[i] = b[perm[i]] + b[idx[i]];
    for (i = 0; i < n; i++)                 /* L:gather_scatter */
        a[perm[i]] = a[i] * 0.5 + 1.0;
    for (i = 0; i < n; i++)                 /* L:constant_store */
        mark[idx[i]] = 1;
    for (i = 0; i < n; i++)                 /* L:compact */
        if (a[i] > 4.0)
            kept[count++] = i;
    for (i = 0; i < n; i++)                 /* L:chase */
        last[i] = last[i] >= 0 ? last[last[i] % n] : -2;

    double sa = 0, sb = 0;
    long sl = 0, sf = 0, sk = 0, sm = 0;
    for (i = 0; i < 2 * n; i++) {           /* L:sum_ab */
        sa += a[i] * (i % 5 + 1);
        sb += b[i] * (i % 7 + 1);
    }
    for (i = 0; i < n; i++) {               /* L:sum */
        sl += (long)last[i] * (i + 1);
        sf += (long)folded[i] * (i + 1);
        sk += (long)kept[i] * (i + 1);
        sm += (long)mark[i] * (i + 1);
    }
    printf("%.6f %.6f %ld %ld %ld %ld count %d\n", sa, sb, sl, sf, sk, sm, count);
    free(idx); free(perm); free(a); free(b); free(last); free(mark); free(folded); free(kept);
    return 0;
}
