double moments(int n, const double *restrict x)
{
    double sums[3] = {0.0, 0.0, 0.0};
    for (int i = 0; i < n; i++) {
        sums[0] += 1.0;
        sums[1] += x[i];
        sums[2] += x[i] * x[i];
    }
    return sums[2] - sums[1] * sums[1] / sums[0];
}

double scaled(int n, const double *restrict x)
{
    double sums[2] = {0.0, 0.5};
    for (int i = 0; i < n; i++)
        sums[0] += sums[1] * x[i];
    return sums[0];
}
