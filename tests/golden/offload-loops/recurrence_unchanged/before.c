void smooth(int n, double *a)
{
    for (int i = 1; i < n; i++)
        a[i] = 0.5 * (a[i - 1] + a[i]);
}
