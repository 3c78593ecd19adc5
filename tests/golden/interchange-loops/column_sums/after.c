void columns(int n, int m, double a[restrict n][m], double s[restrict m])
{
    #pragma omp target teams distribute parallel for if(target: (unsigned long)m * n > 10000) \
        map(to: a[0:n]) map(tofrom: s[0:m])
    for (int j = 0; j < m; j++)
        for (int i = 0; i < n; i++)
            s[j] += a[i][j];
}
