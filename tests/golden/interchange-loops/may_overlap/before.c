/* x may be part of y: the loops keep their order */
void columns(int m, int n, double *y, double a[m][n], const double *x)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            y[j] += a[i][j] * x[i];
}
