// SPDX-License-Identifier: Apache-2.0
/*
 * search_breaks: loops that are left early.
 *
 * Exercises: break, return and goto out of a loop, continue (harmless), break out of an inner loop
 * whose outer loop is parallel, a break of the outer loop around parallel inner loops, a sentinel
 * search with while, a break inside a switch inside a loop (harmless: it leaves the switch).
 */
#include <stdio.h>
#include <stdlib.h>

enum kind { EVEN, ODD, TRIPLE };

static int find(const int *v, int n, int key)
{
    for (int i = 0; i < n; i++)             /* L:find */
        if (v[i] == key)
            return i;
    return -1;
}

static int first_negative_cell(const int *g, int n, int m, int *row, int *col)
{
    int i, j;
    for (i = 0; i < n; i++)                 /* L:cell_i */
        for (j = 0; j < m; j++)             /* L:cell_j */
            if (g[i * m + j] < 0)
                goto found;
    return 0;
found:
    *row = i;
    *col = j;
    return 1;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 139, m = 37;
    int key = argc > 2 ? atoi(argv[2]) : 77;
    int *v = malloc(n * sizeof(int)), *g = malloc((size_t)n * m * sizeof(int));
    int *first = malloc(n * sizeof(int)), *out = calloc(n, sizeof(int));
    int row = -1, col = -1, i, j;

    for (i = 0; i < n; i++) {               /* L:init */
        v[i] = i * 41 % 149;
        first[i] = -5;
        for (j = 0; j < m; j++)             /* L:init_j */
            g[i * m + j] = (i * 3 + j * 7) % 41 - (i > 30 && j > 20 ? 20 : 0);
    }

    int stop = n;
    for (i = 0; i < n; i++) {               /* L:stop */
        if (v[i] == key) {
            stop = i;
            break;
        }
        out[i] = v[i] * 2;
    }
    printf("stop %d i %d find %d\n", stop, i, find(v, n, 148));
    int cell = first_negative_cell(g, n, m, &row, &col);
    printf("cell %d at %d %d\n", cell, row, col);

    for (i = 0; i < n; i++) {               /* L:row_search */
        first[i] = m;
        for (j = 0; j < m; j++) {           /* L:row_search_j */
            if (g[i * m + j] < 0) {
                first[i] = j;
                break;
            }
        }
    }
    for (i = 0; i < n; i++) {               /* L:skip */
        if (v[i] % 3 == 0)
            continue;
        out[i] += v[i];
    }
    for (i = 0; i < n; i++) {               /* L:kinds */
        enum kind k = v[i] % 3 == 0 ? TRIPLE : v[i] % 2 ? ODD : EVEN;
        switch (k) {
        case EVEN:
            out[i] += 10;
            break;
        case ODD:
            out[i] -= 10;
            /* fall through */
        case TRIPLE:
            out[i] *= 3;
            break;
        }
    }
    for (i = 0; i < n; i++) {               /* L:outer_break */
        int left = 0;
        for (j = 0; j < n; j++)             /* L:outer_break_j */
            out[j] += (v[j] + i) % 5;
        for (j = 0; j < n; j++)             /* L:outer_break_count */
            left += out[j] < 100;
        if (left == 0)
            break;
    }
    int at = 0;
    while (at < n && v[at] != 148)          /* L:sentinel */
        at++;

    long so = 0, sf = 0;
    for (j = 0; j < n; j++) {               /* L:sum */
        so += (long)out[j] * (j + 1);
        sf += (long)first[j] * (j + 1);
    }
    printf("rounds %d at %d out %ld first %ld\n", i, at, so, sf);
    free(v); free(g); free(first); free(out);
    return 0;
}
