void both(int n, int m, double a[restrict n][m], double x[restrict m], double t[restrict n],
          double y[restrict m])
{
    int i, j;
    #pragma omp target data map(to: a[0:n]) map(from: t[0:n])
    {
    #pragma omp target teams distribute parallel for private(j) map(to: x[0:m])
    for (i = 0; i < n; i++) {
        t[i] = 0.0;
        for (j = 0; j < m; j++)
            t[i] += a[i][j] * x[j];
    }
    #pragma omp target teams distribute parallel for private(i) map(tofrom: y[0:m])
    for (j = 0; j < m; j++) {
        for (i = 0; i < n; i++)
            y[j] += a[i][j] * t[i];
    }
    }
}
