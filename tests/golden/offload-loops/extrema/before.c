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

/* The first of equal values counts; the place is the loop variable. */
int first_of_all(int n, const double *restrict a)
{
    double best = a[0];
    int at = 0;
    for (int i = 1; i < n; i++)
        if (a[i] < best) {
            best = a[i];
            at = i;
        }
    return at;
}

/* The last one counts, backwards; other things are kept as well. */
double last_of_all(int n, const float *restrict a)
{
    float best = -1.0f;
    int what = 0;
    size_t from_end = 0;
    for (int i = n - 1; i >= 0; i--)
        if (a[i] >= best)
            best = a[i], what = 7, from_end = n - i;
    return best + what + from_end;
}

/* Global variables, a macro, another condition, a name that is taken, a lone statement. */
void pivot(int n, int skip, const double *restrict a)
{
    double worst_at_2 = 1.0;
    if (n > 2)
        for (int i = 0; i < n; i++) {
            double t = fabs(a[i]);
            UPDATE(t, i, worst, worst_at)
        }
    for (int i = 0; i < n; i++) {
        double d = fabs(a[i]) * worst_at_2;
        if (i != skip && worst > d) {
            worst_at = i;
            worst = d;
        }
    }
}

/* Two at once, of integers; the places do not fit, or are none. */
int range(int n, const int *restrict a)
{
    int low = 100, high = -100, any = 0;
    short at = 0;
    for (long i = 0; i < n; i++) {
        if (a[i] < low) {
            low = a[i];
            at = i;
        }
        if (a[i] > high) {
            high = a[i];
            any = 1;
        }
    }
    return high - low + at + any;
}
