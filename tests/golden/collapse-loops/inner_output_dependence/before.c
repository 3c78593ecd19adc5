void twice(int n, double *restrict a)
{
    for (int i = 0; i < n; i++)
        for (int j = 1; j < n - 1; j++) {
            a[i * n + j - 1] = 1.0;
            a[i * n + j] = 2.0;
        }
}
