// SPDX-License-Identifier: Apache-2.0
#include <math.h>

/* The greatest value with its place; of equal values the first one counts. */
struct s2s_greatest_double_int { double value; int place; };
#pragma omp declare reduction(s2s_greatest_double_int: struct s2s_greatest_double_int: \
    omp_out = omp_in.value > omp_out.value || \
        (omp_in.value == omp_out.value && omp_in.place < omp_out.place) ? omp_in : omp_out) \
    initializer(omp_priv = { -HUGE_VAL, 0 })

void eliminate(int n, double a[restrict n][n], int swaps[restrict n])
{
    #pragma omp target data map(tofrom: a[0:n])
    for (int k = 0; k < n; k++) {
        double biggest = 0.0;
        int row = k;
        struct s2s_greatest_double_int biggest_at = { -HUGE_VAL, 0 };
        #pragma omp target teams distribute parallel for \
            reduction(s2s_greatest_double_int: biggest_at) map(tofrom: biggest_at)
        for (int i = k; i < n; i++)
            if (fabs(a[i][k]) > biggest_at.value) {
                biggest_at.value = fabs(a[i][k]);
                biggest_at.place = i;
            }
        if (biggest_at.value > biggest) {
            biggest = biggest_at.value;
            row = biggest_at.place;
        }
        swaps[k] = row;
        #pragma omp target teams distribute parallel for collapse(2)
        for (int i = k + 1; i < n; i++)
            for (int j = k + 1; j < n; j++)
                a[i][j] -= a[i][k] * a[k][j] / biggest;
    }
}
