void steps(int t, int m, int n, int ld, double *restrict u, double *restrict v)
{
    for (int s = 0; s < t; s++) {
        for (int i = 1; i < m - 1; i++)
            for (int j = 1; j < n - 1; j++)
                v[i * ld + j] = 0.25 * (u[i * ld + j - 1] + u[i * ld + j + 1] +
                                        u[(i - 1) * ld + j] + u[(i + 1) * ld + j]);
        for (int i = 1; i < m - 1; i++)
            for (int j = 1; j < n - 1; j++)
                u[i * ld + j] = v[i * ld + j];
    }
}
