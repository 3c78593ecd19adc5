// SPDX-License-Identifier: Apache-2.0
/*
 * firstprivate_tables: small read-only data that every iteration needs.
 *
 * Exercises: scalars that are set before the loop and only read, a small lookup table filled at run
 * time, a private copy that starts from the table and is changed per iteration, coefficients in a
 * struct, a scalar that is read first and then overwritten under the same condition in every
 * iteration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAPS 9

struct filter {
    float gain;
    int radius;
    float tap[TAPS];
};

static void convolve(const float *restrict in, float *restrict out, int n, struct filter f)
{
    for (int i = f.radius; i < n - f.radius; i++) {         /* L:convolve */
        float s = 0.0f;
        for (int k = -f.radius; k <= f.radius; k++)         /* L:taps */
            s += f.tap[k + f.radius] * in[i + k];
        out[i] = f.gain * s;
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1201;
    int radius = argc > 2 ? atoi(argv[2]) : 4;
    float *in = malloc(sizeof(float) * n), *out = malloc(sizeof(float) * n);
    int *code = malloc(sizeof(int) * n);
    int table[16], perm[16];
    struct filter f;
    const float bias = 0.125f;
    double scale = n > 10 ? 1.5 : 0.5, offset = argc;

    if (radius < 0 || 2 * radius + 1 > TAPS)
        return 2;
    f.gain = 0.75f;
    f.radius = radius;
    for (int k = 0; k < TAPS; k++)              /* L:tap_init */
        f.tap[k] = 1.0f / (float)(1 + k * k);
    for (int k = 0; k < 16; k++)                /* L:table_init */
        table[k] = (k * 7 + 3) % 16;
    for (int i = 0; i < n; i++) {               /* L:init */
        in[i] = bias + (float)(i % 23) * 0.5f;
        out[i] = -1.0f;
    }
    convolve(in, out, n, f);

    for (int i = 0; i < n; i++) {               /* L:encode */
        int c = i & 15;
        memcpy(perm, table, sizeof perm);
        perm[c] = perm[15 - c] + 1;
        code[i] = perm[c] * 100 + perm[(c + 5) & 15];
    }
    double x = scale;
    for (int i = 0; i < n; i++) {               /* L:overwritten */
        double y = scale * in[i] + offset;
        x = y * y;
        out[i] += (float)(x * 0.0625);
    }

    double so = 0.0;
    long sc = 0, sp = 0;
    for (int i = 0; i < n; i++) {               /* L:sum */
        so += out[i] * (i % 5 + 1);
        sc += (long)code[i] * (i % 3 + 1);
    }
    for (int k = 0; k < 16; k++)                /* L:sum_perm */
        sp += perm[k] * (k + 1);
    printf("%.4f %ld %.4f perm %ld\n", so, sc, x, n > 0 ? sp : 0);
    free(in); free(out); free(code);
    return 0;
}
