// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

double a[200][300];

/* The greatest value with its place; of equal values the first one counts. */
struct s2s_greatest_double_int_int_up_down { double value; int place1, place2; };
#pragma omp declare reduction(s2s_greatest_double_int_int_up_down: \
    struct s2s_greatest_double_int_int_up_down: \
    omp_out = omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && (omp_in.place1 < omp_out.place1 || \
        (omp_in.place1 == omp_out.place1 && omp_in.place2 > omp_out.place2))) ? omp_in : omp_out) \
    initializer(omp_priv = { -__builtin_inf(), 0, 0 })

/* Both loop variables are places: together they tell which of equal values is the first. */
int both(int n, int m)
{
    double best = -1.0;
    int row = 0, column = 0;
    struct s2s_greatest_double_int_int_up_down best_at = { -__builtin_inf(), 0, 0 };
    #pragma omp target teams distribute parallel for collapse(2) \
        reduction(s2s_greatest_double_int_int_up_down: best_at) if(target: (size_t)n * m > 6000) \
        map(to: a[0:n]) map(tofrom: best_at)
    for (int i = 0; i < n; i++)
        for (int j = m - 1; j >= 0; j--)
            if (a[i][j] > best_at.value) {
                best_at.value = a[i][j];
                best_at.place1 = i;
                best_at.place2 = j;
            }
    if (best_at.value > best) {
        best = best_at.value;
        row = best_at.place1;
        column = best_at.place2;
    }
    return row * 300 + column;
}

/* The least value with its place; of equal values the last one counts. */
struct s2s_last_least_double_int_int_with_int { double value; int place1, place2, other, found; };
#pragma omp declare reduction(s2s_last_least_double_int_int_with_int: \
    struct s2s_last_least_double_int_int_with_int: \
    omp_out = omp_in.found && (!omp_out.found || \
        omp_in.value < omp_out.value || \
        (omp_in.value == omp_out.value && (omp_in.place1 > omp_out.place1 || \
        (omp_in.place1 == omp_out.place1 && omp_in.place2 > omp_out.place2)))) ? omp_in : omp_out) \
    initializer(omp_priv = { __builtin_inf(), 0, 0, 0, 0 })

/* One of them is no place, and is remembered all the same. */
int one(int n, int m)
{
    double best = -1.0;
    int cell = 0, column = 0;
    struct s2s_last_least_double_int_int_with_int best_at = { __builtin_inf(), 0, 0, 0, 0 };
    #pragma omp target teams distribute parallel for collapse(2) \
        reduction(s2s_last_least_double_int_int_with_int: best_at) \
        if(target: (size_t)n * m > 4000) map(to: a[0:n]) map(tofrom: best_at)
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            if (a[i][j] <= best_at.value) {
                best_at.place1 = i;
                best_at.found = 1;
                best_at.value = a[i][j];
                best_at.other = i * 300 + j; best_at.place2 = j;
            }
        }
    }
    if (best_at.found && best_at.value <= best) {
        best = best_at.value;
        column = best_at.place2;
        cell = best_at.other;
    }
    return cell + column;
}

/* Nothing can be added to a macro: the loops stay two. */
#define UPDATE(v, i, best, at) if ((v) > (best)) { (best) = (v); (at) = (i); }

/* The greatest value with its place; of equal values the first one counts. */
struct s2s_greatest_double_int { double value; int place; };
#pragma omp declare reduction(s2s_greatest_double_int: struct s2s_greatest_double_int: \
    omp_out = omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { -__builtin_inf(), 0 })

int neither(int n, int m)
{
    double best = -1.0;
    int row = 0;
    struct s2s_greatest_double_int best_at = { -__builtin_inf(), 0 };
    #pragma omp target teams distribute parallel for reduction(s2s_greatest_double_int: best_at) \
        if(target: (size_t)n * m > 7000) map(to: a[0:n]) map(tofrom: best_at)
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            UPDATE(a[i][j], i, best_at.value, best_at.place)
    if (best_at.value > best) {
        best = best_at.value;
        row = best_at.place;
    }
    return row;
}
