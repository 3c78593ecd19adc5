void both(int n, int m, double a[restrict n][m], double x[restrict m], double t[restrict n],
          double y[restrict m])
{
    int i, j;
    for (i = 0; i < n; i++) {
        t[i] = 0.0;
        for (j = 0; j < m; j++)
            t[i] += a[i][j] * x[j];
        for (j = 0; j < m; j++)
            y[j] += a[i][j] * t[i];
    }
}
