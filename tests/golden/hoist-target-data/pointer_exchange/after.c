void heat(int n, int steps, double *restrict u, double *restrict v)
{
    #pragma omp target data map(tofrom: u[0:n], v[0:n])
    for (int t = 0; t < steps; t++) {
        #pragma omp target teams distribute parallel for
        for (int i = 1; i < n - 1; i++)
            v[i] = u[i] + 0.25 * (u[i - 1] - 2.0 * u[i] + u[i + 1]);
        double *w = u;
        u = v;
        v = w;
    }
}
