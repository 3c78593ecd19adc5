#define AT(i, j) ((i) * ld + (j))

void double_row(int i, int m, int ld, double *restrict a)
{
    for (int j = 0; j < m; j++)
        a[AT(i, j)] *= 2.0;
}
