/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs of a function that is called by a generated driver. See harness.h.
 *
 * All values are functions of the case's seed, the buffer and the index, so that a buffer that is
 * cut to another length keeps its values. Numbers are small multiples of 1/8: their sums and
 * products are exact, whatever the order in which they are added up.
 *
 * Measuring: in a build with -fsanitize-coverage=trace-loads,trace-stores every access of the
 * function is reported to the callbacks at the end of this file, which note the first and the last
 * element of each buffer that is touched.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_OBJECTS 256
#define MARGIN 64          /* elements before and after a buffer that must stay as they are */
#define MARGIN_BYTE 0xA5

#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

typedef struct {
    long integer;
    double real;
    long low, high, range;      /* of a buffer: its elements, and the range of its subscripts */
    int alias;                  /* of a buffer: the one whose memory it shares, or -1 */
    long shift;
} input;

typedef struct {
    const char *name, *kind;
    char *at;                   /* element 0 */
    char *block;                /* what was allocated, NULL for what the program has itself */
    long low, high;
    size_t size;
    int written, id;
    long declared, first, last; /* first and last element touched, in measurements */
} object;

static FILE *plan;
static int measuring, exact;
static char label[256];
static long seed;
static int repeats;
static input inputs[MAX_OBJECTS];
static object objects[MAX_OBJECTS];
static int object_count;
static volatile int watching;

static void fail(const char *what)
{
    fprintf(stderr, "s2s harness: %s\n", what);
    exit(70);
}

void s2s_harness_open(int argc, char **argv)
{
    if (argc < 2 || !(plan = fopen(argv[1], "r")))
        fail("there is no plan");
    measuring = argc > 2 && !strcmp(argv[2], "measure");
    exact = argc > 2 && !strcmp(argv[2], "exact");
}

int s2s_harness_next(void)
{
    char kind[8];
    int id;
    if (fscanf(plan, " case %255s %ld %d", label, &seed, &repeats) != 3)
        return 0;
    while (fscanf(plan, " %7s", kind) == 1 && strcmp(kind, "end")) {
        input *in;
        if (fscanf(plan, "%d", &id) != 1 || id < 0 || id >= MAX_OBJECTS)
            fail("the plan cannot be read");
        in = &inputs[id];
        if (kind[0] == 'i' ? fscanf(plan, "%ld", &in->integer) != 1
            : kind[0] == 'r'
                ? fscanf(plan, "%lf", &in->real) != 1
                : fscanf(plan, "%ld %ld %ld %d %ld", &in->low, &in->high, &in->range, &in->alias,
                         &in->shift) != 5)
            fail("the plan cannot be read");
    }
    object_count = 0;
    printf("%s\n", label);
    fflush(stdout);
    return 1;
}

long s2s_harness_integer(int id)
{
    return inputs[id].integer;
}

double s2s_harness_real(int id)
{
    return inputs[id].real;
}

long s2s_harness_length(long elements)
{
    return elements < 0 ? 0 : elements;
}

/* -- values ------------------------------------------------------------------------------------ */

static uint64_t mixed(int id, long index)
{
    uint64_t x = (uint64_t)seed * 0x9E3779B97F4A7C15u + (uint64_t)id * 0xBF58476D1CE4E5B9u +
                 (uint64_t)index * 0x94D049BB133111EBu;
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static void store(void *at, const char *kind, long value, double real)
{
    int size = atoi(kind + 1) / 8;
    if (kind[0] == 'f') {
        if (size == 4)
            *(float *)at = (float)real;
        else
            *(double *)at = real;
        return;
    }
    switch (size) {
    case 1:
        *(int8_t *)at = (int8_t)value;
        break;
    case 2:
        *(int16_t *)at = (int16_t)value;
        break;
    case 4:
        *(int32_t *)at = (int32_t)value;
        break;
    default:
        *(int64_t *)at = value;
    }
}

static long greatest_common_divisor(long a, long b)
{
    while (b) {
        long rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Return one of the subscripts 0 ... range - 1; each once unless the case repeats them. */
static long subscript(int id, long index, long range)
{
    long stride = 5;
    if (range <= 1 || index < 0)
        return 0;
    if (repeats)
        return (long)(mixed(id, index) % (uint64_t)range);
    while (greatest_common_divisor(stride, range) != 1)
        stride += 2;
    return (index % range * stride + seed) % range;
}

static long integer_value(int id, long index, const char *kind, int role, long range)
{
    uint64_t x = mixed(id, index);
    switch (role) {
    case S2S_INDEX:
        return subscript(id, index, range);
    case S2S_COUNT:
        return range > 0 ? (long)(x % (uint64_t)(range < 8 ? range : 8)) : 0;
    case S2S_DIVISOR:
        return 1 + (long)(x % 8);
    default:
        if (kind[0] == 'u')
            return (long)(x % (kind[1] == '8' ? 256 : 32));
        return kind[1] == '8' ? (long)(x % 128) : (long)(x % 17) - (seed % 3 ? 8 : 0);
    }
}

static double real_value(int id, long index)
{
    uint64_t x = mixed(id, index);
    double value = (double)(1 + x % 32) / 8;
    return seed % 3 && x >> 40 & 1 ? -value : value;
}

/* Fill elements low ... high - 1; `at` is element 0. */
static void fill(char *at, int id, const char *kind, size_t size, int components, int role,
                 long range, long low, long high)
{
    long index, sum = 0;
    int part;
    for (index = low; index < high; index++) {
        long value = role == S2S_MONOTONE ? sum : integer_value(id, index, kind, role, range);
        for (part = 0; part < components; part++)
            store(at + index * (long)size + part * (long)(size / (size_t)components), kind, value,
                  real_value(id, index * components + part));
        if (role == S2S_MONOTONE && index >= 0 && range != 0) {
            sum += (long)(mixed(id, index) % 5);
            if (range > 0 && sum > range)
                sum = range;
        }
    }
}

/* -- objects ----------------------------------------------------------------------------------- */

static object *new_object(int id, const char *name, const char *kind, size_t size)
{
    object *new;
    if (object_count == MAX_OBJECTS)
        fail("too many objects");
    new = &objects[object_count++];
    memset(new, 0, sizeof *new);
    new->id = id;
    new->name = name;
    new->kind = kind;
    new->size = size;
    new->first = 1;
    new->last = 0;
    return new;
}

void *s2s_harness_buffer(int id, const char *name, const char *kind, int components, int role,
                         int written, long declared)
{
    size_t size = (size_t)(atoi(kind + 1) / 8 * components), margin = exact ? 0 : MARGIN * size;
    input *in = &inputs[id];
    object *new = new_object(id, name, kind, size);
    new->declared = declared;
    if (in->alias >= 0) {
        int k;
        for (k = 0; k < object_count - 1; k++)
            if (objects[k].id == in->alias && objects[k].block)
                break;
        objects[k].written |= written;
        new->at = objects[k].at + in->shift * (long)size;
        return new->at;
    }
    new->written = written;
    new->low = in->low;
    new->high = in->high;
    new->block = malloc((size_t)(in->high - in->low) * size + 2 * margin);
    if (!new->block)
        fail("no memory");
    memset(new->block, MARGIN_BYTE, (size_t)(in->high - in->low) * size + 2 * margin);
    new->at = new->block + margin - in->low * (long)size;
    fill(new->at, id, kind, size, components, role, in->range, in->low, in->high);
    watching = 1;
    return new->at;
}

void s2s_harness_fill(int id, const char *name, const char *kind, int role, int written, void *at,
                      long elements)
{
    size_t size = (size_t)(atoi(kind + 1) / 8);
    fill(at, id, kind, size, 1, role, inputs[id].range, 0, elements);
    if (written)
        s2s_harness_keep(name, kind, at, elements);
}

void s2s_harness_keep(const char *name, const char *kind, void *at, long elements)
{
    object *new = new_object(-1, name, kind, (size_t)(atoi(kind + 1) / 8));
    new->at = at;
    new->written = 1;
    new->high = elements;
}

/* Tell of bytes around a buffer that changed. */
static void check_margins(const object *one)
{
    const unsigned char *before = (const unsigned char *)one->block;
    const unsigned char *after = (const unsigned char *)one->at + one->high * (long)one->size;
    size_t k, margin = MARGIN * one->size;
    for (k = 0; k < margin; k++)
        if (before[k] != MARGIN_BYTE || after[k] != MARGIN_BYTE) {
            printf("%s: memory %s %s was written\n", label,
                   before[k] != MARGIN_BYTE ? "before" : "after", one->name);
            return;
        }
}

static void dump(const object *one)
{
    char path[512];
    size_t bytes = (size_t)(one->high - one->low) * one->size;
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", label, one->name);
    file = fopen(path, "wb");
    if (!file || (bytes && fwrite(one->at + one->low * (long)one->size, 1, bytes, file) != bytes) ||
        fclose(file))
        fail("cannot write");
}

static void note_measurements(void)
{
    FILE *file = fopen("measured", "a");
    int k;
    if (!file)
        fail("cannot write");
    for (k = 0; k < object_count; k++)
        if (objects[k].id >= 0)
            fprintf(file, "%d %ld %ld %ld\n", objects[k].id, objects[k].first,
                    objects[k].last + 1, objects[k].declared);
    fclose(file);
}

void s2s_harness_end(void)
{
    int k;
    watching = 0;
    if (mkdir(label, 0777) && errno != EEXIST)
        fail("cannot make a directory");
    if (measuring)
        note_measurements();
    for (k = 0; k < object_count; k++) {
        object *one = &objects[k];
        if (one->written && !(measuring && one->block))
            dump(one);
        if (one->block && !measuring && !exact)
            check_margins(one);
    }
    for (k = 0; k < object_count; k++)
        free(objects[k].block);
}

int s2s_harness_close(void)
{
    fclose(plan);
    return 0;
}

/* -- measurements ------------------------------------------------------------------------------ */

static void touch(uintptr_t address, size_t bytes)
{
    int k;
    if (!watching)
        return;
    for (k = 0; k < object_count; k++) {
        object *one = &objects[k];
        long first, last;
        if (!one->block || address < (uintptr_t)(one->at + one->low * (long)one->size) ||
            address >= (uintptr_t)(one->at + one->high * (long)one->size))
            continue;
        first = one->low + (long)((address - (uintptr_t)(one->at + one->low * (long)one->size)) /
                                  one->size);
        last = first + (long)((bytes - 1) / one->size);
        if (one->first > one->last)
            one->first = first, one->last = last;
        if (first < one->first)
            one->first = first;
        if (last > one->last)
            one->last = last;
        return;
    }
}

#define CALLBACKS(bytes)                                 \
    void __sanitizer_cov_load##bytes(void *address);     \
    void __sanitizer_cov_store##bytes(void *address);    \
    void __sanitizer_cov_load##bytes(void *address)      \
    {                                                    \
        touch((uintptr_t)address, bytes);                \
    }                                                    \
    void __sanitizer_cov_store##bytes(void *address)     \
    {                                                    \
        touch((uintptr_t)address, bytes);                \
    }

CALLBACKS(1)
CALLBACKS(2)
CALLBACKS(4)
CALLBACKS(8)
CALLBACKS(16)

#pragma clang attribute pop
