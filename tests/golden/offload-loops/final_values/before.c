#include <stdio.h>

int last_positions(int n, int m, int first, double a[restrict n], double b[restrict n],
                   double g[restrict n][m])
{
    int i, j;
    unsigned u;

    for (i = first; i < n; i++)
        a[i] += 1.0;
    printf("%d\n", i);

    for (i = n - 1; i >= 0; i -= 2)
        a[i] *= 2.0;
    printf("%d\n", i);

    for (u = 1; u < (unsigned)n; u += 3)
        b[u] += a[u];
    printf("%u\n", u);

    if (m > 0)
        for (i = 0; i < n; i++)
            b[i] = 0.5 * a[i];
    printf("%d\n", i);

    for (i = 0; i < n; i++)
        for (j = i; j < m; j++)
            g[i][j] = j - i;
    return j;
}
