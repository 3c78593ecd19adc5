/* With n = 0 the variable j keeps its value, which no other order of the loops gives it. */
int column_sums(int n, int m, double a[restrict m], double g[restrict n][m])
{
    int i, j = -1;

    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++)
            a[j] = 0.5 * a[j] + g[i][j];
    return j;
}
