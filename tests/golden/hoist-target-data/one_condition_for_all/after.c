void steps(int n, double a[restrict n], double *restrict c)
{
    #pragma omp target data if(n > 2) map(from: a[0:n], c[1:n - 2])
    {
    #pragma omp target teams distribute parallel for if(target: n > 2)
    for (int i = 0; i < n; i++)
        a[i] = 2.0 * i;
    #pragma omp target teams distribute parallel for if(target: n > 2)
    for (int i = 1; i < n - 1; i++)
        c[i] = a[i - 1] + a[i + 1];
    }
}
