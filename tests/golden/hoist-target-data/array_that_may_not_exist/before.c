double weigh(const double *restrict x, double *restrict out, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    if (!out)
        return sum;
    for (int i = 0; i < n; i++)
        out[i] = x[i] * sum;
    for (int i = 0; i < n; i++)
        out[i] += x[i];
    return sum;
}

double longer(double *restrict x, int n, int m)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        x[i] += 1.0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    if (m < n)
        return sum;
    for (int i = 0; i < m; i++)
        x[i] *= 2.0;
    return sum;
}
