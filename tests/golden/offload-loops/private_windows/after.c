#define NV 5

void windows(int n, double a[restrict n][32], double b[restrict n][32])
{
    double t[32];

    /* what is written depends on i, and only that is read */
    #pragma omp target data map(to: a[0:n], t) map(tofrom: b[0:n])
    {
    for (int i = 0; i < n; i++) {
        int lo = i % 7, hi = 32 - i % 5;
        #pragma omp target teams distribute parallel for
        for (int j = lo; j < hi; j++)
            t[j] = 0.5 * a[i][j];
        #pragma omp target teams distribute parallel for
        for (int j = lo + 1; j < hi - 1; j++)
            b[i][j] = t[j - 1] + t[j + 1];
    }

    /* one element more is read: it comes from another iteration */
    for (int i = 0; i < n; i++) {
        int lo = i % 7, hi = 31 - i % 5;
        #pragma omp target teams distribute parallel for
        for (int j = lo; j < hi; j++)
            t[j] = 0.5 * a[i][j];
        #pragma omp target teams distribute parallel for
        for (int j = lo; j < hi; j++)
            b[i][j] = t[j + 1];
    }
    }
}

void rotation(int n, double a[restrict n][NV], double b[restrict n][NV])
{
    double w[NV];

    #pragma omp target teams distribute parallel for private(w) map(to: a[0:n]) map(from: b[0:n])
    for (int i = 0; i < n; i++) {
        for (int m = 0; m < NV; m++)
            w[m] = 2.0 * a[i][m];
        for (int m = 0; m < NV; m++)
            b[i][m] = w[(m + 1) % NV];
    }
}
