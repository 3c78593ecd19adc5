// SPDX-License-Identifier: Apache-2.0
/*
 * kmeans: Lloyd's algorithm.
 *
 * Exercises: an argmin private to the iteration over a small inner loop, sums into a small array
 * selected by data (atomic or an array reduction), counts, a number of changes that ends a while
 * loop on the host, centroids recomputed between the kernels (small serial glue), points that stay
 * on the device.  All data are multiples of 1/8, so every order of summation gives the same sums.
 */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#define K 5
#define D 3

int main(int argc, char **argv)
{
    const int n = argc > 1 ? atoi(argv[1]) : 1201;
    const int max_rounds = argc > 2 ? atoi(argv[2]) : 25;
    double (*point)[D] = malloc(n * sizeof *point);
    int *label = malloc(n * sizeof *label);
    double centre[K][D], sum[K][D];
    int count[K];
    int round = 0, changed = 1;

    if (n < K || !point || !label)
        return 1;
    for (int i = 0; i < n; i++) {                       /* L:init */
        label[i] = -1;
        for (int d = 0; d < D; d++)                     /* L:init_d */
            point[i][d] = ((i * (7 + d) + d * 5) % 64) * 0.125 + (i % K) * (d + 2.0);
    }
    for (int k = 0; k < K; k++)                         /* L:seed */
        for (int d = 0; d < D; d++)                     /* L:seed_d */
            centre[k][d] = point[k][d];

    while (changed > 0 && round < max_rounds) {         /* L:rounds */
        changed = 0;
        for (int i = 0; i < n; i++) {                   /* L:assign */
            double best = DBL_MAX;
            int who = -1;
            for (int k = 0; k < K; k++) {               /* L:assign_k */
                double dist = 0.0;
                for (int d = 0; d < D; d++) {           /* L:assign_d */
                    double t = point[i][d] - centre[k][d];
                    dist += t * t;
                }
                if (dist < best) {
                    best = dist;
                    who = k;
                }
            }
            if (who != label[i])
                changed++;
            label[i] = who;
        }
        for (int k = 0; k < K; k++) {                   /* L:clear */
            count[k] = 0;
            for (int d = 0; d < D; d++)                 /* L:clear_d */
                sum[k][d] = 0.0;
        }
        for (int i = 0; i < n; i++) {                   /* L:accumulate */
            count[label[i]]++;
            for (int d = 0; d < D; d++)                 /* L:accumulate_d */
                sum[label[i]][d] += point[i][d];
        }
        for (int k = 0; k < K; k++)                     /* L:centre */
            if (count[k] > 0)
                for (int d = 0; d < D; d++)             /* L:centre_d */
                    centre[k][d] = sum[k][d] / count[k];
        round++;
        printf("round %d changed %d\n", round, changed);
    }
    long check = 0;
    for (int i = 0; i < n; i++)                         /* L:check */
        check += (long)label[i] * (i % 11 + 1);
    for (int k = 0; k < K; k++)                         /* L:print */
        printf("%d: %4d  %.9f %.9f %.9f\n", k, count[k], centre[k][0], centre[k][1], centre[k][2]);
    printf("check %ld\n", check);
    free(point);
    free(label);
    return 0;
}
