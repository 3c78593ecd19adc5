// SPDX-License-Identifier: Apache-2.0
/*
 * simulation_context: open, step, probe, close; the life of the data fits no block.
 *
 * Exercises: data allocated in one function and released in another, pointers in static globals and
 * in a context structure, steps driven by a command string through a switch (the calls are on
 * different paths), pointer exchange inside the step function, host writes on some paths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *field, *field_new;
static int field_n;

typedef struct {
    int n;
    long ticks;
    float *temperature;
    float *source;
} context;

static int field_open(int n)
{
    field_n = n;
    field = malloc(sizeof(double) * n);
    field_new = malloc(sizeof(double) * n);
    if (!field || !field_new)
        return -1;
    for (int i = 0; i < n; i++) {               /* L:open */
        field[i] = (i % 11) * 0.5;
        field_new[i] = field[i];
    }
    return 0;
}

static void field_step(void)
{
    for (int i = 1; i < field_n - 1; i++)       /* L:field */
        field_new[i] = 0.5 * field[i] + 0.25 * (field[i - 1] + field[i + 1]);
    double *t = field;
    field = field_new;
    field_new = t;
}

static void field_close(void)
{
    free(field);
    free(field_new);
    field = field_new = NULL;
}

static context *context_open(int n)
{
    context *c = malloc(sizeof *c);
    c->n = n;
    c->ticks = 0;
    c->temperature = malloc(n * sizeof(float));
    c->source = malloc(n * sizeof(float));
    for (int i = 0; i < n; i++) {               /* L:context_open */
        c->temperature[i] = 20.0f;
        c->source[i] = (float)(i % 4) * 0.25f;
    }
    return c;
}

static void context_step(context *c)
{
    for (int i = 0; i < c->n; i++)              /* L:context */
        c->temperature[i] = 0.75f * c->temperature[i] + c->source[i] * 2.0f;
    c->ticks++;
}

static double context_probe(const context *c)
{
    double s = 0.0;
    for (int i = 0; i < c->n; i++)              /* L:probe */
        s += c->temperature[i] * (float)(i % 3 + 1);
    return s;
}

static void context_close(context *c)
{
    free(c->temperature);
    free(c->source);
    free(c);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1013;
    const char *script = argc > 2 ? argv[2] : "ssspksscsp";
    context *c;

    if (field_open(n))
        return 1;
    c = context_open(n);
    for (const char *s = script; *s; s++) {     /* L:script */
        switch (*s) {
        case 's':
            field_step();
            context_step(c);
            break;
        case 'p':
            printf("probe %.6f mid %.9f\n", context_probe(c), field[n / 2]);
            break;
        case 'k':
            field[n / 2] += 100.0;
            c->temperature[0] = -5.0f;
            break;
        case 'c':
            memcpy(field_new, field, sizeof(double) * n);
            memset(c->source, 0, sizeof(float) * n);
            break;
        case 'q':
            goto out;
        default:
            printf("unknown %c\n", *s);
        }
    }
out:
    printf("ticks %ld probe %.6f\n", c->ticks, context_probe(c));
    double sf = 0.0, sn = 0.0;
    for (int i = 0; i < n; i++) {               /* L:sum */
        sf += field[i] * (i % 7 + 1);
        sn += field_new[i] * (i % 5 + 1);
    }
    printf("%.9f %.9f\n", sf, sn);
    context_close(c);
    field_close();
    return 0;
}
