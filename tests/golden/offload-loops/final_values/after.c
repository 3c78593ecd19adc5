#include <stdio.h>

int last_positions(int n, int m, int first, double a[restrict n], double b[restrict n],
                   double g[restrict n][m])
{
    int i, j;
    unsigned u;

    #pragma omp target data map(tofrom: a[0:n], b[0:n])
    {
    #pragma omp target teams distribute parallel for
    for (i = first; i < n; i++)
        a[i] += 1.0;
    i = n > first ? n : first;
    printf("%d\n", i);

    #pragma omp target teams distribute parallel for
    for (i = n - 1; i >= 0; i -= 2)
        a[i] *= 2.0;
    i = n > 0 ? (n - 1) % 2 - 2 : n - 1;
    printf("%d\n", i);

    #pragma omp target teams distribute parallel for
    for (u = 1; u < (unsigned)n; u += 3)
        b[u] += a[u];
    u = (unsigned int)n > 1 ? 4 + ((unsigned int)n - 2) / 3 * 3 : 1;
    printf("%u\n", u);

    if (m > 0) {
        #pragma omp target teams distribute parallel for
        for (i = 0; i < n; i++)
            b[i] = 0.5 * a[i];
        i = n > 0 ? n : 0;
    }
    printf("%d\n", i);

    #pragma omp target teams distribute parallel for private(j) map(tofrom: g[0:n])
    for (i = 0; i < n; i++)
        for (j = i; j < m; j++)
            g[i][j] = j - i;
    if (n > 0)
        j = m > n - 1 ? m : n - 1;
    }
    return j;
}
