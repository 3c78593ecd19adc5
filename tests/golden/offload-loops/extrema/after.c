// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stddef.h>

#define UPDATE(v, i, best, at) \
    if ((v) > (best)) {        \
        (best) = (v);          \
        (at) = (i);            \
    }

double worst;
int worst_at;

/* The least value with its place; of equal values the first one counts. */
struct s2s_least_double_int { double value; int place; };
#pragma omp declare reduction(s2s_least_double_int: struct s2s_least_double_int: \
    omp_out = omp_in.value < omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { HUGE_VAL, 0 })

/* The first of equal values counts; the place is the loop variable. */
int first_of_all(int n, const double *restrict a)
{
    double best = a[0];
    int at = 0;
    struct s2s_least_double_int best_at = { HUGE_VAL, 0 };
    #pragma omp target teams distribute parallel for reduction(s2s_least_double_int: best_at) \
        if(target: n > 7001) map(to: a[1:n - 1]) map(tofrom: best_at)
    for (int i = 1; i < n; i++)
        if (a[i] < best_at.value) {
            best_at.value = a[i];
            best_at.place = i;
        }
    if (best_at.value < best) {
        best = best_at.value;
        at = best_at.place;
    }
    return at;
}

/* The greatest value with its place; of equal values the last one counts. */
struct s2s_last_greatest_float_int_down_with_int_ullong {
    float value;
    int place, other1;
    unsigned long long other2;
    int found;
};
#pragma omp declare reduction(s2s_last_greatest_float_int_down_with_int_ullong: \
    struct s2s_last_greatest_float_int_down_with_int_ullong: \
    omp_out = omp_in.found && (!omp_out.found || \
        omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place)) ? omp_in : omp_out) \
    initializer(omp_priv = { -HUGE_VAL, 0, 0, 0, 0 })

/* The last one counts, backwards; other things are kept as well. */
double last_of_all(int n, const float *restrict a)
{
    float best = -1.0f;
    int what = 0;
    size_t from_end = 0;
    struct s2s_last_greatest_float_int_down_with_int_ullong best_at = { -HUGE_VAL, 0, 0, 0, 0 };
    #pragma omp target teams distribute parallel for \
        reduction(s2s_last_greatest_float_int_down_with_int_ullong: best_at) if(target: n > 5000) \
        map(to: a[0:n]) map(tofrom: best_at)
    for (int i = n - 1; i >= 0; i--)
        if (a[i] >= best_at.value)
            best_at.place = i, best_at.found = 1, best_at.value = a[i], best_at.other1 = 7, best_at.other2 = n - i;
    if (best_at.found && best_at.value >= best) {
        best = best_at.value;
        what = best_at.other1;
        from_end = best_at.other2;
    }
    return best + what + from_end;
}

/* The greatest value with its place; of equal values the first one counts. */
struct s2s_greatest_double_int { double value; int place; };
#pragma omp declare reduction(s2s_greatest_double_int: struct s2s_greatest_double_int: \
    omp_out = omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { -HUGE_VAL, 0 })

/* Global variables, a macro, another condition, a name that is taken, a lone statement. */
void pivot(int n, int skip, const double *restrict a)
{
    double worst_at_2 = 1.0;
    #pragma omp target data map(to: a[0:n])
    {
    if (n > 2)
        {
        struct s2s_greatest_double_int worst_at_3 = { -HUGE_VAL, 0 };
        #pragma omp target teams distribute parallel for \
            reduction(s2s_greatest_double_int: worst_at_3) map(tofrom: worst_at_3)
        for (int i = 0; i < n; i++) {
            double t = fabs(a[i]);
            UPDATE(t, i, worst_at_3.value, worst_at_3.place)
        }
        if (worst_at_3.value > worst) {
            worst = worst_at_3.value;
            worst_at = worst_at_3.place;
        }
        }
    struct s2s_least_double_int worst_at_4 = { HUGE_VAL, 0 };
    #pragma omp target teams distribute parallel for reduction(s2s_least_double_int: worst_at_4) \
        map(tofrom: worst_at_4)
    for (int i = 0; i < n; i++) {
        double d = fabs(a[i]) * worst_at_2;
        if (i != skip && worst_at_4.value > d) {
            worst_at_4.place = i;
            worst_at_4.value = d;
        }
    }
    if (worst_at_4.value < worst) {
        worst = worst_at_4.value;
        worst_at = worst_at_4.place;
    }
    }
}

/* The least value with its place; of equal values the first one counts. */
struct s2s_least_int_long_with_short { int value; long place; short other; };
#pragma omp declare reduction(s2s_least_int_long_with_short: \
    struct s2s_least_int_long_with_short: \
    omp_out = omp_in.value < omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { 2147483647, 0, 0 })

/* The greatest value with its place; of equal values the first one counts. */
struct s2s_greatest_int_long_with_int { int value; long place; int other; };
#pragma omp declare reduction(s2s_greatest_int_long_with_int: \
    struct s2s_greatest_int_long_with_int: \
    omp_out = omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { -2147483647 - 1, 0, 0 })

/* Two at once, of integers; the places do not fit, or are none. */
int range(int n, const int *restrict a)
{
    int low = 100, high = -100, any = 0;
    short at = 0;
    struct s2s_least_int_long_with_short low_at = { 2147483647, 0, 0 };
    struct s2s_greatest_int_long_with_int high_at = { -2147483647 - 1, 0, 0 };
    #pragma omp target teams distribute parallel for \
        reduction(s2s_least_int_long_with_short: low_at) \
        reduction(s2s_greatest_int_long_with_int: high_at) if(target: n > 3000) map(to: a[0:n]) \
        map(tofrom: low_at, high_at)
    for (long i = 0; i < n; i++) {
        if (a[i] < low_at.value) {
            low_at.place = i;
            low_at.value = a[i];
            low_at.other = i;
        }
        if (a[i] > high_at.value) {
            high_at.place = i;
            high_at.value = a[i];
            high_at.other = 1;
        }
    }
    if (low_at.value < low) {
        low = low_at.value;
        at = low_at.other;
    }
    if (high_at.value > high) {
        high = high_at.value;
        any = high_at.other;
    }
    return high - low + at + any;
}
