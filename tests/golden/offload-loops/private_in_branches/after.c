void limited(int n, int m, const double *restrict a, double *restrict b, double lim)
{
    double t, s;
    int i, j;
    #pragma omp target teams distribute parallel for private(j, t, s) \
        if(target: (unsigned long)n * m > 8000) map(to: a[0:n]) map(from: b[0:n])
    for (i = 0; i < n; i++) {
        if (a[i] < lim) {
            t = a[i];
            b[i] = t;
        } else {
            t = 0.5 * a[i];
            s = 0.0;
            for (j = 0; j < m; j++)
                s += t * j;
            b[i] = s;
        }
    }
}
