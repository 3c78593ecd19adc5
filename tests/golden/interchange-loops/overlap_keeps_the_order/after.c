/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}

void fill(int n, int m, double a[n][m], double b[n][m])
{
    if (s2s_disjoint(a, n * sizeof *a, b + 1, (n - 1) * sizeof *b)) {
        #pragma omp target data if(n > 1) map(to: b[1:n - 1]) map(tofrom: a[0:n])
        for (int i = 1; i < n; i++)
            #pragma omp target teams distribute parallel for if(target: n > 1)
            for (int j = 0; j < m; j++)
                a[i][j] = 0.5 * a[i - 1][j] + b[i][j];
    } else /* a and b overlap: order matters */
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = 0.5 * a[i - 1][j] + b[i][j];
}
