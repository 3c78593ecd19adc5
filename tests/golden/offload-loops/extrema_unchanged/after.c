// SPDX-License-Identifier: Apache-2.0
#define KEEP(v, i) if ((v) < least) { least = (v); at_least = (i); }

static double least;
static int at_least;

int read_in_the_loop(int n, const double *restrict a, double *restrict running)
{
    double best = a[0];
    int at = 0;
    for (int i = 1; i < n; i++) {
        if (a[i] < best) {
            best = a[i];
            at = i;
        }
        running[i] = best;
    }
    return at;
}

int counted(int n, const double *restrict a)
{
    double best = a[0];
    int times = 0, at = 0;
    for (int i = 1; i < n; i++)
        if (a[i] < best) {
            best = a[i];
            at = i;
            times++;
        }
    return at + times;
}

int otherwise(int n, const double *restrict a)
{
    double best = a[0];
    int at = 0;
    for (int i = 1; i < n; i++)
        if (a[i] < best) {
            best = a[i];
            at = i;
        } else
            at = -1;
    return at;
}

/* Different values become equal ones when they are stored. */
int rounded(int n, const double *restrict a)
{
    float best = 1e30f;
    int at = 0;
    for (int i = 0; i < n; i++)
        if (a[i] < best) {
            best = a[i];
            at = i;
        }
    return at;
}

int another_value(int n, const double *restrict a)
{
    double best = 1e30;
    int at = 0;
    for (int i = 0; i < n; i++)
        if (a[i] < best) {
            best = a[i] + 1.0;
            at = i;
        }
    return at;
}

/* The serial program looks a name up only for a new minimum; others may have none. */
int looked_up(int n, const double *restrict a, const int *restrict name, const int table[10])
{
    double best = 1e30;
    int who = 0;
    for (int i = 0; i < n; i++)
        if (a[i] < best) {
            best = a[i];
            who = table[name[i]];
        }
    return who;
}

int divided(int n, const double *restrict a, const int *restrict b)
{
    double best = 1e30;
    int at = 0;
    for (int i = 0; i < n; i++)
        if (a[i] < best && 100 / b[i] > 2) {
            best = a[i];
            at = i;
        }
    return at;
}

void in_macro(int n, const double *restrict a)
{
    for (int i = 0; i < n; i++)
        KEEP(a[i], i)
}

int index_only(int n, const double *restrict a)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (a[i] > a[best])
            best = i;
    return best;
}

double shared_place(int n, const double *restrict a, const double *restrict b)
{
    double low = 1e30, high = -1e30;
    int at = 0;
    for (int i = 0; i < n; i++) {
        if (a[i] < low) {
            low = a[i];
            at = i;
        }
        if (b[i] > high) {
            high = b[i];
            at = i;
        }
    }
    return low + high + at;
}
