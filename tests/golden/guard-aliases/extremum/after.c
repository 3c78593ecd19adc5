/* The least value with its place; of equal values the first one counts. */
struct s2s_least_double_int { double value; int place; };
#pragma omp declare reduction(s2s_least_double_int: struct s2s_least_double_int: \
    omp_out = omp_in.value < omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { __builtin_inf(), 0 })

/* The greatest value with its place; of equal values the last one counts. */
struct s2s_last_greatest_double_int { double value; int place, found; };
#pragma omp declare reduction(s2s_last_greatest_double_int: struct s2s_last_greatest_double_int: \
    omp_out = omp_in.found && (!omp_out.found || \
        omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place > omp_out.place)) ? omp_in : omp_out) \
    initializer(omp_priv = { -__builtin_inf(), 0, 0 })

/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}

// SPDX-License-Identifier: Apache-2.0
int scaled(int n, double *x, const double *y)
{
    double best = 1e30;
    int at = -1;
    if (s2s_disjoint(x, n * sizeof *x, y, n * sizeof *y)) {
        #pragma omp target data map(from: x[0:n])
        {
        struct s2s_least_double_int best_at = { __builtin_inf(), 0 };
        #pragma omp target teams distribute parallel for reduction(s2s_least_double_int: best_at) \
            map(to: y[0:n]) map(tofrom: best_at)
        for (int i = 0; i < n; i++) {
            x[i] = 2.0 * y[i];
            if (x[i] < best_at.value) {
                best_at.value = x[i];
                best_at.place = i;
            }
        }
        if (best_at.value < best) {
            best = best_at.value;
            at = best_at.place;
        }
         /* a comment that
             ends on another line */
        struct s2s_last_greatest_double_int best_at_2 = { -__builtin_inf(), 0, 0 };
        #pragma omp target teams distribute parallel for \
            reduction(s2s_last_greatest_double_int: best_at_2) map(tofrom: best_at_2)
        for (int i = 0; i < n; i++) {
            if (x[i] >= best_at_2.value) {
                best_at_2.found = 1;
                best_at_2.value = x[i];
                best_at_2.place = i;
            }
        }
        if (best_at_2.found && best_at_2.value >= best) {
            best = best_at_2.value;
            at = best_at_2.place;
        }
        }
    } else { /* x and y overlap: order matters */
    for (int i = 0; i < n; i++) {
        x[i] = 2.0 * y[i];
        if (x[i] < best) {
            best = x[i];
            at = i;
        }
    } /* a comment that
         ends on another line */
    for (int i = 0; i < n; i++) {
        if (x[i] >= best) {
            best = x[i];
            at = i;
        }
    }
    }
    return at;
}
