double moments(int n, const double *restrict x)
{
    double sums[3] = {0.0, 0.0, 0.0};
    #pragma omp target teams distribute parallel for if(target: n > 3000) map(to: x[0:n]) \
        map(tofrom: sums)
    for (int i = 0; i < n; i++) {
        #pragma omp atomic
        sums[0] += 1.0;
        #pragma omp atomic
        sums[1] += x[i];
        #pragma omp atomic
        sums[2] += x[i] * x[i];
    }
    return sums[2] - sums[1] * sums[1] / sums[0];
}

double scaled(int n, const double *restrict x)
{
    double sums[2] = {0.0, 0.5};
    #pragma omp target teams distribute parallel for if(target: n > 7000) map(to: x[0:n]) \
        map(tofrom: sums)
    for (int i = 0; i < n; i++)
        #pragma omp atomic
        sums[0] += sums[1] * x[i];
    return sums[0];
}
