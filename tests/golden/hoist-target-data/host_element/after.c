double inflow(int step);

void flow(int n, int steps, double *restrict u, double *restrict f)
{
    #pragma omp target data if(n > 1) map(tofrom: u[0:n], f[1:n - 1])
    for (int t = 0; t < steps; t++) {
        #pragma omp target if(target: n > 1)
        u[0] = 0.5 * t;
        #pragma omp target teams distribute parallel for if(target: n > 1)
        for (int i = 1; i < n; i++)
            f[i] = u[i] - u[i - 1];
        #pragma omp target teams distribute parallel for if(target: n > 1)
        for (int i = 1; i < n; i++)
            u[i] -= 0.5 * f[i];
    }
}
