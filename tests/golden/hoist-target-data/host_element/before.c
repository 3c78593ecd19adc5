double inflow(int step);

void flow(int n, int steps, double *restrict u, double *restrict f)
{
    for (int t = 0; t < steps; t++) {
        u[0] = 0.5 * t;
        for (int i = 1; i < n; i++)
            f[i] = u[i] - u[i - 1];
        for (int i = 1; i < n; i++)
            u[i] -= 0.5 * f[i];
    }
}
