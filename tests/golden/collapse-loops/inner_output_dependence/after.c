void twice(int n, double *restrict a)
{
    #pragma omp target teams distribute parallel for \
        if(target: (unsigned long)n * n > 1 && (unsigned long)n * (n - 2) > 6000) \
        map(tofrom: a[0:(unsigned long)n * n - 1])
    for (int i = 0; i < n; i++)
        for (int j = 1; j < n - 1; j++) {
            a[i * n + j - 1] = 1.0;
            a[i * n + j] = 2.0;
        }
}
