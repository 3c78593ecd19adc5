void steps(int n, int m, double a[restrict n], double b[restrict m], double c[restrict n])
{
    #pragma omp target data map(from: a[0:n])
    {
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] = 2.0 * i;
    #pragma omp target teams distribute parallel for map(to: b[0:m]) map(tofrom: c[0:n])
    for (int i = 0; i < n; i++) {
        a[i] += 1.0;
        if (i > 0 && i < m - 1)
            c[i] = b[i];
    }
    }
}
