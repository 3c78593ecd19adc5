void steps(int n, double a[restrict n], double *restrict c)
{
    for (int i = 0; i < n; i++)
        a[i] = 2.0 * i;
    for (int i = 1; i < n - 1; i++)
        c[i] = a[i - 1] + a[i + 1];
}
