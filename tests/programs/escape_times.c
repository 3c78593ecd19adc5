// SPDX-License-Identifier: Apache-2.0
/*
 * escape_times: Mandelbrot set, iterations of different length.
 *
 * Exercises: a while loop and a loop with break inside of a parallel nest (they stay sequential in
 * their iteration), a parallel nest around do-while, float against double, unsigned char output,
 * a histogram of the results with a small constant number of bins, a maximum over the nest.
 */
#include <stdio.h>
#include <stdlib.h>

#define LEVELS 16

static unsigned escape(double cr, double ci, unsigned limit)
{
    double zr = 0.0, zi = 0.0;
    unsigned k = 0;
    while (k < limit && zr * zr + zi * zi < 4.0) {      /* L:escape */
        double t = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = t;
        k++;
    }
    return k;
}

int main(int argc, char **argv)
{
    int w = argc > 1 ? atoi(argv[1]) : 73, h = argc > 2 ? atoi(argv[2]) : 41;
    const unsigned limit = 60;
    unsigned *count = malloc(sizeof(unsigned) * w * h);
    unsigned char *image = malloc((size_t)w * h);
    int *collatz = malloc(sizeof(int) * w);
    long bins[LEVELS] = {0};
    unsigned deepest = 0;
    int x, y;

    for (y = 0; y < h; y++)                             /* L:double_y */
        for (x = 0; x < w; x++)                         /* L:double_x */
            count[y * w + x] = escape(-2.0 + 2.75 * x / w, -1.25 + 2.5 * y / h, limit);

    for (y = 0; y < h; y++) {                           /* L:float_y */
        for (x = 0; x < w; x++) {                       /* L:float_x */
            float cr = -2.0f + 0.03125f * (float)x, ci = -1.25f + 0.0625f * (float)y;
            float zr = cr, zi = ci;
            int k;
            for (k = 0; k < 40; k++) {                  /* L:float_k */
                float t = zr * zr - zi * zi + cr;
                zi = 2.0f * zr * zi + ci;
                zr = t;
                if (zr * zr + zi * zi > 4.0f)
                    break;
            }
            image[y * w + x] = (unsigned char)(k * 5);
        }
    }
    for (x = 0; x < w; x++) {                           /* L:collatz */
        long v = x + 1;
        int length = 0;
        do {                                            /* L:collatz_do */
            v = v % 2 ? 3 * v + 1 : v / 2;
            length++;
        } while (v > 1 && length < 500);
        collatz[x] = length;
    }
    for (x = 0; x < w * h; x++)                         /* L:bins */
        bins[count[x] * (LEVELS - 1) / limit]++;
    for (y = 0; y < h; y++)                             /* L:deepest_y */
        for (x = 0; x < w; x++)                         /* L:deepest_x */
            if (count[y * w + x] < limit && count[y * w + x] > deepest)
                deepest = count[y * w + x];

    long sc = 0, si = 0, sl = 0, sb = 0;
    for (x = 0; x < w * h; x++) {                       /* L:sum */
        sc += (long)count[x] * (x % 7 + 1);
        si += (long)image[x] * (x % 5 + 1);
    }
    for (x = 0; x < w; x++)                             /* L:sum_collatz */
        sl += (long)collatz[x] * (x + 1);
    for (x = 0; x < LEVELS; x++)                        /* L:sum_bins */
        sb += bins[x] * (x + 1);
    printf("%ld %ld %ld %ld deepest %u\n", sc, si, sl, sb, deepest);
    free(count); free(image); free(collatz);
    return 0;
}
