#define AT(i, j) ((i) * ld + (j))

void double_row(int i, int m, int ld, double *restrict a)
{
    #pragma omp target teams distribute parallel for if(target: m > 8000) \
        map(tofrom: a[(unsigned long)i * ld:m])
    for (int j = 0; j < m; j++)
        a[AT(i, j)] *= 2.0;
}
