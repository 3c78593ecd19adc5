void fill(int n, int m, double a[n][m], double b[n][m])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = 0.5 * a[i - 1][j] + b[i][j];
}
