void columns(int n, int m, double a[restrict n][m], double s[restrict m])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            s[j] += a[i][j];
}
