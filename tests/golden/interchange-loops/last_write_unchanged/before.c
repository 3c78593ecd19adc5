// SPDX-License-Identifier: Apache-2.0
/* Exchanged, the loops would leave the place of another element. */
int last_large(int n, int m, double y[restrict m], double a[restrict n][m])
{
    int at = -1;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) {
            y[j] = y[j] * 0.5 + a[i][j];
            if (a[i][j] > 3.0)
                at = i * m + j;
        }
    return at;
}
