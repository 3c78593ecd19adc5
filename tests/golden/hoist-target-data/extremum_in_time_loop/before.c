// SPDX-License-Identifier: Apache-2.0
#include <math.h>

void eliminate(int n, double a[restrict n][n], int swaps[restrict n])
{
    for (int k = 0; k < n; k++) {
        double biggest = 0.0;
        int row = k;
        for (int i = k; i < n; i++)
            if (fabs(a[i][k]) > biggest) {
                biggest = fabs(a[i][k]);
                row = i;
            }
        swaps[k] = row;
        for (int i = k + 1; i < n; i++)
            for (int j = k + 1; j < n; j++)
                a[i][j] -= a[i][k] * a[k][j] / biggest;
    }
}
