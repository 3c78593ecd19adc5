// SPDX-License-Identifier: Apache-2.0
/*
 * histogram_atomic: data-dependent bins.
 *
 * Exercises: counts and weighted histograms (atomic), a two-dimensional histogram, several updates
 * per iteration, bit-or masks into bins; and three that look alike but must stay serial: the old
 * count is used (a stable counting sort), the bin is only assigned (duplicate scatter), the bin is
 * updated with two different operators.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BINS 37
#define NX 11
#define NY 13

typedef unsigned int uint;

static uint mix(uint x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 3001;
    uint *key = malloc(n * sizeof *key + 4);
    int *order = malloc(n * sizeof *order + 4);
    int count[BINS] = {0}, start[BINS + 1], last[BINS];
    double weight[BINS], energy[NX][NY];
    uint32_t mask[BINS];
    int scale[BINS];

    for (int i = 0; i < n; i++)                     /* L:keys */
        key[i] = mix((uint)i) % BINS;
    for (int b = 0; b < BINS; b++) {                /* L:bins */
        weight[b] = 0.25;
        mask[b] = 0;
        last[b] = -1;
        scale[b] = 1;
    }
    for (int x = 0; x < NX; x++)                    /* L:cells_x */
        for (int y = 0; y < NY; y++)                /* L:cells_y */
            energy[x][y] = -0.5;

    for (int i = 0; i < n; i++)                     /* L:count */
        count[key[i]]++;
    for (int i = 0; i < n; i++)                     /* L:weight */
        weight[key[i]] += 0.5 * (i % 16);
    for (int i = 0; i < n; i++) {                   /* L:deposit */
        int x = (int)(mix(2u * i) % (NX - 1)), y = (int)(mix(2u * i + 1u) % (NY - 1));
        double w = (i % 8) * 0.125;
        energy[x][y] += 1.0 - w;
        energy[x + 1][y] += w;
        energy[x][y + 1] += w * 0.5;
    }
    for (int i = 0; i < n; i++)                     /* L:mask */
        mask[key[i]] |= 1u << (i % 31);

    start[0] = 0;
    for (int b = 0; b < BINS; b++)                  /* L:scan */
        start[b + 1] = start[b] + count[b];
    for (int i = 0; i < n; i++)                     /* L:stable_sort */
        order[start[key[i]]++] = i;
    for (int i = 0; i < n; i++)                     /* L:last_seen */
        last[key[i]] = i;
    for (int i = 0; i < n; i++) {                   /* L:two_operators */
        if (i % 2)
            scale[key[i]] = scale[key[i]] * 3 % 1009;
        else
            scale[key[i]] += i % 5;
    }

    long sc = 0, so = 0, sl = 0, ss = 0;
    double sw = 0.0, se = 0.0;
    unsigned long sm = 0;
    for (int b = 0; b < BINS; b++) {                /* L:out_bins */
        sc += (long)count[b] * (b + 1);
        sl += (long)last[b] * (b + 1);
        ss += (long)scale[b] * (b + 1);
        sw += weight[b] * (b + 1);
        sm += (unsigned long)mask[b] * (b + 1ul);
    }
    for (int i = 0; i < n; i++)                     /* L:out_order */
        so += (long)order[i] * (i % 19 + 1);
    for (int x = 0; x < NX; x++)                    /* L:out_x */
        for (int y = 0; y < NY; y++)                /* L:out_y */
            se += energy[x][y] * (x + 1) * (y + 2);
    printf("%ld %ld %ld %ld %lu\n", sc, so, sl, ss, sm);
    printf("%.6f %.6f %.4f\n", sw, se, energy[NX - 1][NY - 1]);
    free(key);
    free(order);
    return 0;
}
