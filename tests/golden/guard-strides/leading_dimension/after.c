void multiply(int m, int n, int p, const double *restrict a, int lda, const double *restrict b,
              int ldb, double *restrict c, int ldc)
{
    if (lda >= p &&
        ldb >= n &&
        ldc >= n) {
        #pragma omp target teams distribute parallel for collapse(2) \
            if(target: (unsigned long)m * lda + p > lda && (unsigned long)p * ldb + n > ldb && (unsigned long)m * ldc + n > ldc && (unsigned long)m * n * p > 4000) \
            map(to: a[0:(unsigned long)m * lda + p - lda], b[0:(unsigned long)p * ldb + n - ldb]) \
            map(tofrom: c[0:(unsigned long)m * ldc + n - ldc])
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double s = 0.0;
                for (int k = 0; k < p; k++)
                    s += a[i * lda + k] * b[k * ldb + j];
                c[i * ldc + j] = s;
            }
    } else /* lda < p or ldb < n or ldc < n: rows overlap */
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
    if (pitch >= (long long)m + 2) {
        #pragma omp target teams distribute parallel for collapse(2) \
            if(target: (unsigned long)n * pitch + m > pitch && (unsigned long)n * m > 7000) \
            map(tofrom: a[2:(unsigned long)n * pitch + m - pitch])
        for (int i = 0; i < n; i++)
            for (int j = 0; j < m; j++)
                a[i * pitch + j + 2] *= 0.5f;
    } else /* pitch < (long long)m + 2: rows overlap */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i * pitch + j + 2] *= 0.5f;
}

/* every row starts before the one above it ends: nothing to assume */
void overlap(int n, int m, double *restrict a)
{
    for (int i = 0; i < n; i++)
        #pragma omp target teams distribute parallel for if(target: m + 1 > 7000) \
            map(tofrom: a[(unsigned long)m * i:m + 1])
        for (int j = 0; j <= m; j++)
            a[i * m + j] += 1.0 + i;
}
