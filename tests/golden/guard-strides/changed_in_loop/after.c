/* ld changes between the sweeps: each of them has a test of its own */
void sweeps(int m, int n, int ld, double *restrict a)
{
    for (int s = 0; s < 10; s++) {
        if (ld >= n) {
            #pragma omp target teams distribute parallel for collapse(2) \
                if(target: (unsigned long)m * ld + n > ld && (unsigned long)m * n > 5000) \
                map(tofrom: a[0:(unsigned long)m * ld + n - ld])
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++)
                    a[i * ld + j] = 0.5 * a[i * ld + j] + s;
        } else /* ld < n: rows overlap */
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                a[i * ld + j] = 0.5 * a[i * ld + j] + s;
        ld--;
    }
}
