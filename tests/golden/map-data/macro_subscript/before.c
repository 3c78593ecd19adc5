#define AT(i, j) ((i) * ld + (j))

void scale(int n, int m, int ld, double *restrict a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[AT(i, 0)] += a[AT(i, 0)] * j;
}
