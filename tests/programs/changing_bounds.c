// SPDX-License-Identifier: Apache-2.0
/*
 * changing_bounds: trip counts that are not fixed when the loop starts.
 *
 * Exercises: a bound decremented in the body, an index changed in the body, a bound in an array
 * that the loop writes, a bound behind a pointer that aliases the data, a bound changed by a called
 * function, an index whose address is taken, a worklist that grows, a step that changes; and two
 * that only look so (the changed variable is another one; the bound is changed after the loop).
 */
#include <stdio.h>
#include <stdlib.h>

static int limit = 60;

static void shrink(int x)
{
    if (x % 17 == 0)
        limit--;
}

static void skip(int *i)
{
    if (*i % 10 == 4)
        *i += 2;
}

static void up_to(const int *count, int *v)
{
    for (int i = 0; i < *count; i++)            /* L:behind_pointer */
        v[i] = i + 40;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 173;
    int *v = malloc((n + 100) * sizeof(int)), *w = calloc(n + 100, sizeof(int));
    int bound[2] = {n, 3}, i, m = n, step = 1, queue_end = 1;

    for (i = 0; i < n + 100; i++)               /* L:init */
        v[i] = i * 29 % 61;

    for (i = 0; i < m; i++) {                   /* L:bound_decremented */
        w[i] = v[i] + m;
        if (v[i] % 5 == 0)
            m--;
    }
    printf("m %d i %d\n", m, i);
    for (i = 0; i < n; i++) {                   /* L:index_changed */
        w[i] += 3;
        if (v[i] > 50)
            i++;
    }
    for (i = 0; i < bound[0]; i++) {            /* L:bound_in_array */
        bound[i % 2] -= i % 2 ? 0 : 1;
        w[i] -= 1;
    }
    printf("bound %d %d i %d\n", bound[0], bound[1], i);
    v[50] = 70;
    up_to(&v[50], v);                           /* v[50] becomes 90 on the way */
    for (i = 0; i < limit; i++) {               /* L:bound_in_callee */
        shrink(i);
        w[i] += limit;
    }
    for (i = 0; i < n; i++) {                   /* L:address_taken */
        w[i] ^= 5;
        skip(&i);
    }
    for (i = 0; i < n; i += step) {             /* L:step_changed */
        w[i] += step;
        step = 1 + v[i] % 3;
    }
    w[0] = 1;
    for (i = 0; i < queue_end; i++) {           /* L:worklist */
        if (queue_end + 2 < n && w[i] < 40) {
            w[queue_end++] = w[i] * 2 + 1;
            w[queue_end++] = w[i] + 7;
        }
    }
    printf("queue %d limit %d\n", queue_end, limit);
    m = n;
    for (i = 0; i < n; i++)                     /* L:bound_elsewhere */
        v[i] = v[i] * 3 + m;
    n = n / 2;
    for (i = 0; i < n; i++)                     /* L:bound_after */
        v[i] += w[i];
    n = m;

    long sv = 0, sw = 0;
    for (i = 0; i < n + 100; i++) {             /* L:sum */
        sv += (long)v[i] * (i % 7 + 1);
        sw += (long)w[i] * (i % 5 + 1);
    }
    printf("%ld %ld step %d\n", sv, sw, step);
    free(v); free(w);
    return 0;
}
