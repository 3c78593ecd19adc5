/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}

/* x may be part of y: the loops keep their order */
void columns(int m, int n, double *y, double a[m][n], const double *x)
{
    if (s2s_disjoint(y, n * sizeof *y, a, m * sizeof *a) &&
        s2s_disjoint(y, n * sizeof *y, x, m * sizeof *x) &&
        (a == x || s2s_disjoint(a, m * sizeof *a, x, m * sizeof *x))) {
        #pragma omp target teams distribute parallel for collapse(2) \
            if(target: (unsigned long)m * n > 7000) map(to: a[0:m], x[0:m]) map(tofrom: y[0:n])
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                #pragma omp atomic
                y[j] += a[i][j] * x[i];
    } else /* y, a and x overlap: order matters */
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            y[j] += a[i][j] * x[i];
}
