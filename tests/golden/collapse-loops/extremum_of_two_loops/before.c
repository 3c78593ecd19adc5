// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

double a[200][300];

/* Both loop variables are places: together they tell which of equal values is the first. */
int both(int n, int m)
{
    double best = -1.0;
    int row = 0, column = 0;
    for (int i = 0; i < n; i++)
        for (int j = m - 1; j >= 0; j--)
            if (a[i][j] > best) {
                best = a[i][j];
                row = i;
                column = j;
            }
    return row * 300 + column;
}

/* One of them is no place, and is remembered all the same. */
int one(int n, int m)
{
    double best = -1.0;
    int cell = 0, column = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            if (a[i][j] <= best) {
                best = a[i][j];
                cell = i * 300 + j; column = j;
            }
        }
    }
    return cell + column;
}

/* Nothing can be added to a macro: the loops stay two. */
#define UPDATE(v, i, best, at) if ((v) > (best)) { (best) = (v); (at) = (i); }

int neither(int n, int m)
{
    double best = -1.0;
    int row = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            UPDATE(a[i][j], i, best, row)
    return row;
}
