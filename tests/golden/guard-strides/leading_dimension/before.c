void multiply(int m, int n, int p, const double *restrict a, int lda, const double *restrict b,
              int ldb, double *restrict c, int ldc)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double s = 0.0;
            for (int k = 0; k < p; k++)
                s += a[i * lda + k] * b[k * ldb + j];
            c[i * ldc + j] = s;
        }
}

void halo(int n, int m, int pitch, float *restrict a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i * pitch + j + 2] *= 0.5f;
}

/* every row starts before the one above it ends: nothing to assume */
void overlap(int n, int m, double *restrict a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= m; j++)
            a[i * m + j] += 1.0 + i;
}
