// SPDX-License-Identifier: Apache-2.0
/*
 * unsigned_wrap: arithmetic modulo 2^k where an integer solver sees plain integers.
 *
 * Exercises: uint8_t and uint16_t index arithmetic that wraps (duplicate targets), unsigned
 * subtraction in conditions (i - lo < len is a range test), n - 1 with n = 0 behind a test, loops
 * that end by wrap-around (i < n with i--), a narrow counter that wraps, hash % n as a subscript
 * (duplicates) and as a histogram bin (atomic), INT overflow avoided by unsigned.
 * All wrap here is on unsigned types: defined behaviour.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned hash(unsigned x)
{
    return x * 2654435761u ^ (x >> 7) * 40503u;
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 601u;
    unsigned lo = argc > 2 ? (unsigned)atoi(argv[2]) : 13u;
    size_t m = n;
    int *a = malloc((n + 256) * sizeof *a), *b = malloc((n + 256) * sizeof *b);
    int *ring = malloc(256 * sizeof *ring), *slot = malloc((n + 1) * sizeof *slot);
    unsigned *bins = calloc(n + 1, sizeof *bins);
    unsigned i, len = n / 3;

    for (i = 0; i < n + 256; i++) {                 /* L:init */
        a[i] = (int)(i * 7u % 101u);
        b[i] = -1;
    }
    for (i = 0; i < 256; i++)                       /* L:init_ring */
        ring[i] = -3;
    for (i = 0; i <= n; i++)                        /* L:init_slot */
        slot[i] = -4;

    for (i = 0; i < n; i++)                         /* L:narrow_index */
        ring[(uint8_t)(i * 3u + 200u)] = (int)i;
    for (i = 0; i < n; i++) {                       /* L:narrow_variable */
        uint8_t k = (uint8_t)(250u + i);
        a[k] += b[i] * (int)(i % 3u);
    }
    for (i = 0; i < n; i++)                         /* L:range_test */
        if (i - lo < len)
            b[i] = a[i - lo] + 1;
    for (i = 0; i < n; i++)                         /* L:wrapped_condition */
        if (n - i - 2u < n)
            a[i] += 5;
    if (n > 0)
        for (i = 0; i < n - 1; i++)                 /* L:minus_one */
            b[i] += a[i + 1];
    for (size_t k = 0; k + 1 < m; k++)              /* L:plus_one */
        b[k] ^= (int)(k & 3u);
    for (i = n - 1u; i < n; i--)                    /* L:until_wrap */
        a[i] = a[i] * 2 + (i > 0 ? a[i - 1] % 2 : 0);
    for (uint8_t c = 250; c >= 250; c++)            /* L:narrow_counter */
        ring[c] += 1000;
    for (uint16_t s = 0; s < 200; s++)              /* L:short_counter */
        ring[s] += s;
    for (i = 0; i < n; i++)                         /* L:hash_slot */
        slot[hash(i) % n] = (int)i;
    for (i = 0; i < n; i++)                         /* L:hash_bin */
        bins[hash(i ^ 0x5bu) % n]++;
    uint32_t mixed = 0;
    for (i = 0; i < n; i++)                         /* L:wrap_sum */
        mixed += hash(i) * 0x9e3779b9u;
    for (i = 0; i < n; i++) {                       /* L:difference */
        unsigned d = (unsigned)a[i] - (unsigned)b[i];
        if (d > 0x7fffffffu)
            b[i] = b[i] - 1;
    }

    long sa = 0, sb = 0, sr = 0, ss = 0, sn = 0;
    for (i = 0; i < n + 256; i++) {                 /* L:sum */
        sa += (long)a[i] * (i % 5u + 1);
        sb += (long)b[i] * (i % 7u + 1);
    }
    for (i = 0; i < 256; i++)                       /* L:sum_ring */
        sr += (long)ring[i] * (i + 1);
    for (i = 0; i <= n; i++) {                      /* L:sum_slot */
        ss += (long)slot[i] * (i + 1);
        sn += (long)bins[i] * (i % 9u + 1);
    }
    printf("%ld %ld %ld %ld %ld %u\n", sa, sb, sr, ss, sn, mixed);
    free(a); free(b); free(ring); free(slot); free(bins);
    return 0;
}
