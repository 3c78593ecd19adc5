// SPDX-License-Identifier: Apache-2.0
/*
 * shortest_paths: all pairs, with the pivot row and column copied out before each round.
 *
 * Exercises: int matrices, ternary minimum that is NOT a reduction (every element has its own),
 * small copies between big kernels (they must run on the device or cost a round trip), int data
 * resident over the k loop, an int reduction with a conditional at the end.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define FAR (INT_MAX / 4)
#define min(a, b) ((a) < (b) ? (a) : (b))

int main(int argc, char *argv[])
{
    const int n = argc > 1 ? atoi(argv[1]) : 83;
    int *d = (int *)malloc(sizeof(int) * n * n);
    int *row = (int *)malloc(sizeof(int) * n);
    int *col = (int *)malloc(sizeof(int) * n);
    int i, j, k;
    if (d == NULL || row == NULL || col == NULL)
        exit(1);

    for (i = 0; i < n; i++)                 /* L:init_i */
        for (j = 0; j < n; j++)             /* L:init_j */
            d[i * n + j] = i == j ? 0 : (i * 31 + j * 17) % 23 < 4 ? 1 + (i * 7 + j * 3) % 50 : FAR;

    for (k = 0; k < n; k++) {               /* L:round */
        for (j = 0; j < n; j++) {           /* L:copy */
            row[j] = d[k * n + j];
            col[j] = d[j * n + k];
        }
        for (i = 0; i < n; i++) {           /* L:relax_i */
            for (j = 0; j < n; j++) {       /* L:relax_j */
                int via = col[i] + row[j];
                d[i * n + j] = min(d[i * n + j], via);
            }
        }
    }

    long long total = 0;
    int reached = 0, longest = 0;
    for (i = 0; i < n * n; i++) {           /* L:stats */
        if (d[i] < FAR) {
            total += (long long)d[i] * (i % 97 + 1);
            reached++;
            longest = d[i] > longest ? d[i] : longest;
        }
    }
    printf("total %lld reached %d longest %d last %d\n", total, reached, longest, d[n * n - 1]);
    printf("row %d col %d\n", row[0], col[n - 1]);
    free(d); free(row); free(col);
    return 0;
}
