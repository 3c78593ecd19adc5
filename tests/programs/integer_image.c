// SPDX-License-Identifier: Apache-2.0
/*
 * integer_image: 8-bit image processing.
 *
 * Exercises: uint8_t, int16_t, uint16_t, int32_t, uint64_t data with promotion, saturation and
 * defined wrap of values (not of indices), clamped neighbours with ?:, unsigned and size_t indices,
 * an unsigned 64-bit checksum in a pure helper, a rotated and a transposed write.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint8_t pixel;

static inline pixel saturate(int v)
{
    return (pixel)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static uint64_t fnv(const void *data, size_t bytes)
{
    const unsigned char *p = data;
    uint64_t h = 1469598103934665603ull;
    for (size_t i = 0; i < bytes; i++) {        /* L:fnv */
        h ^= p[i];
        h *= 1099511628211ull;
    }
    return h;
}

int main(int argc, char **argv)
{
    size_t w = argc > 1 ? strtoul(argv[1], NULL, 10) : 71;
    size_t h = argc > 2 ? strtoul(argv[2], NULL, 10) : 53;
    pixel *src = malloc(w * h), *dst = malloc(w * h), *rot = malloc(w * h);
    int16_t *grad = malloc(w * h * sizeof(int16_t));
    uint16_t *acc = malloc(w * h * sizeof(uint16_t));
    if (!src || !dst || !rot || !grad || !acc)
        return 1;

    for (size_t y = 0; y < h; y++)                      /* L:init_y */
        for (size_t x = 0; x < w; x++)                  /* L:init_x */
            src[y * w + x] = (pixel)(x * 5 + y * 11 + (x * y) % 13);

    for (size_t y = 0; y < h; y++)                      /* L:sharpen_y */
        for (size_t x = 0; x < w; x++) {                /* L:sharpen_x */
            size_t xm = x > 0 ? x - 1 : 0, xp = x + 1 < w ? x + 1 : w - 1;
            size_t ym = y > 0 ? y - 1 : 0, yp = y + 1 < h ? y + 1 : h - 1;
            int v = 5 * src[y * w + x] - src[y * w + xm] - src[y * w + xp]
                    - src[ym * w + x] - src[yp * w + x];
            dst[y * w + x] = saturate(v);
        }
    for (unsigned y = 0; y < (unsigned)h; y++)          /* L:grad_y */
        for (unsigned x = 0; x < (unsigned)w; x++)      /* L:grad_x */
            grad[y * w + x] = (int16_t)(x + 1 < w ? src[y * w + x + 1] - src[y * w + x] : -999);

    for (size_t i = 0; i < w * h; i++) {                /* L:wrap */
        uint8_t wrapped = (uint8_t)(src[i] * 3 + 200);
        acc[i] = (uint16_t)(wrapped << 9 | (unsigned)(grad[i] < 0));
    }
    for (size_t y = 0; y < h; y++)                      /* L:rotate_y */
        for (size_t x = 0; x < w; x++)                  /* L:rotate_x */
            rot[x * h + (h - 1 - y)] = dst[y * w + x];

    uint64_t total = 0;
    uint32_t small = 0;
    unsigned char low = 255;
    for (size_t i = 0; i < w * h; i++) {                /* L:totals */
        total += (uint64_t)acc[i] * acc[i];
        small += acc[i] * 65521u;
        low = dst[i] < low && dst[i] > 0 ? dst[i] : low;
    }
    printf("%" PRIu64 " %" PRIu32 " %d\n", total, small, low);
    printf("%016" PRIx64 " %016" PRIx64 "\n", fnv(dst, w * h), fnv(rot, w * h));
    printf("%016" PRIx64 " %016" PRIx64 "\n", fnv(grad, w * h * 2), fnv(acc, w * h * 2));
    free(src); free(dst); free(rot); free(grad); free(acc);
    return 0;
}
