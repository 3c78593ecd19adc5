// SPDX-License-Identifier: Apache-2.0
/*
 * callgraph_effects: what a called function does decides.
 *
 * Exercises: side-effect summaries through two levels of calls: a pure function, one that reads a
 * global, one that writes only through its argument (element-wise), and functions that forbid the
 * device: a static counter, a global log, I/O two levels down, a pseudo-random generator, a
 * function from another file's header (strtol), exit() under a condition.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int offset = 3;
static int log_entries;
static int log_data[64];

static int twice(int x) { return x + x; }
static int with_offset(int x) { return twice(x) + offset; }

static void store(int *cell, int value)
{
    *cell = with_offset(value) % 1000;
}

static int ticket(void)
{
    static int next = 100;
    return next++;
}

static int draw(int x) { return x + ticket() % 7; }

static void note(int x)
{
    if (log_entries < 64)
        log_data[log_entries++] = x;
}

static int noted(int x)
{
    if (x % 97 == 0)
        note(x);
    return x * 2;
}

static void report(int x) { printf("report %d\n", x); }

static int reported(int x)
{
    if (x == 1234)
        report(x);
    return x - 1;
}

static unsigned seed = 12345u;
static unsigned lcg(void)
{
    seed = seed * 1103515245u + 12345u;
    return seed >> 16 & 0x7fffu;
}

static int checked(int x)
{
    if (x < -1000000)
        exit(3);
    return x ^ 1;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 907;
    int *a = malloc(n * sizeof(int)), *b = malloc(n * sizeof(int)), *c = malloc(n * sizeof(int));
    char digits[16];
    int i;

    for (i = 0; i < n; i++)             /* L:init */
        a[i] = i * 3 % 1409;
    for (i = 0; i < n; i++)             /* L:pure */
        b[i] = with_offset(a[i]);
    for (i = 0; i < n; i++)             /* L:store */
        store(&c[i], b[i]);
    for (i = 0; i < n; i++)             /* L:counter */
        b[i] = draw(b[i]);
    for (i = 0; i < n; i++)             /* L:logger */
        c[i] += noted(a[i]);
    for (i = 0; i < n; i++)             /* L:prints */
        a[i] = reported(a[i]);
    for (i = 0; i < n; i++)             /* L:random */
        a[i] += (int)(lcg() % 10u);
    for (i = 0; i < n; i++)             /* L:libc_random */
        b[i] += rand() > RAND_MAX ? 1 : 0;
    strcpy(digits, "77 of them");
    for (i = 0; i < n; i++)             /* L:parse */
        c[i] += (int)strtol(digits + i % 2, NULL, 10);
    for (i = 0; i < n; i++)             /* L:may_exit */
        c[i] = checked(c[i]);

    long sa = 0, sb = 0, sc = 0, sl = 0;
    for (i = 0; i < n; i++) {           /* L:sum */
        sa += (long)a[i] * (i % 3 + 1);
        sb += (long)b[i] * (i % 5 + 1);
        sc += (long)c[i] * (i % 7 + 1);
    }
    for (i = 0; i < log_entries; i++)   /* L:log */
        sl += (long)log_data[i] * (i + 1);
    int next = ticket();
    printf("%ld %ld %ld log %d %ld ticket %d seed %u\n", sa, sb, sc, log_entries, sl, next, seed);
    free(a); free(b); free(c);
    return 0;
}
