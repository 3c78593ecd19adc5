/* With n = 0 the variable j keeps its value, which no other order of the loops gives it. */
int column_sums(int n, int m, double a[restrict m], double g[restrict n][m])
{
    int i, j = -1;

    #pragma omp target data map(to: g[0:n]) map(tofrom: a[0:m])
    for (i = 0; i < n; i++) {
        #pragma omp target teams distribute parallel for
        for (j = 0; j < m; j++)
            a[j] = 0.5 * a[j] + g[i][j];
        j = m > 0 ? m : 0;
    }
    return j;
}
