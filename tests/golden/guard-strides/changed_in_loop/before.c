/* ld changes between the sweeps: each of them has a test of its own */
void sweeps(int m, int n, int ld, double *restrict a)
{
    for (int s = 0; s < 10; s++) {
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                a[i * ld + j] = 0.5 * a[i * ld + j] + s;
        ld--;
    }
}
