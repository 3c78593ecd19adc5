static double slope(const double *u, int i, double h)
{
    return (u[i + 1] - u[i - 1]) / (2.0 * h);
}

static void scale(double *row, int n, double by)
{
    for (int j = 0; j < n; j++)
        row[j] *= by;
}

static void add_to_next(double *a, int i)
{
    a[i + 1] += a[i];
}

void slopes(int n, const double *restrict u, double *restrict du)
{
    for (int i = 1; i < n - 1; i++)
        du[i] = slope(u, i, 0.01);
}

void scale_rows(int n, int m, double *a, const double *restrict by)
{
    for (int i = 0; i < n; i++)
        scale(a + i * m, m, by[i]);
}

void running_sum(int n, double *a)
{
    for (int i = 0; i < n - 1; i++)
        add_to_next(a, i);
}
