void mirror(int n, double a[restrict n][n])
{
    #pragma omp target teams distribute parallel for map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            a[j][i] = a[i][j];
}
