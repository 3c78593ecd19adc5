double weigh(const double *restrict x, double *restrict out, int n)
{
    double sum = 0.0;
    #pragma omp target enter data map(to: x[0:n])
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    if (!out) {
        #pragma omp target exit data map(release: x[0:n])
        return sum;
    }
    #pragma omp target enter data map(alloc: out[0:n])
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        out[i] = x[i] * sum;
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        out[i] += x[i];
    #pragma omp target exit data map(from: out[0:n]) map(release: x[0:n])
    return sum;
}

double longer(double *restrict x, int n, int m)
{
    double sum = 0.0;
    #pragma omp target data map(tofrom: x[0:n])
    {
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        x[i] += 1.0;
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += x[i];
    }
    if (m < n)
        return sum;
    #pragma omp target teams distribute parallel for if(target: m > 10000) map(tofrom: x[0:m])
    for (int i = 0; i < m; i++)
        x[i] *= 2.0;
    return sum;
}
