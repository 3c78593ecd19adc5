void steps(int t, int m, int n, int ld, double *restrict u, double *restrict v)
{
    if (ld >= n) {
        #pragma omp target data \
            if(n > 2 && (unsigned long)m * ld + n > ld && (unsigned long)m * ld + n > 3 * ld + 2) \
            map(tofrom: u[0:(unsigned long)m * ld + n - ld], v[ld + 1:(unsigned long)m * ld + n - 3 * ld - 2])
        for (int s = 0; s < t; s++) {
            #pragma omp target teams distribute parallel for collapse(2) \
                if(target: n > 2 && (unsigned long)m * ld + n > ld && (unsigned long)m * ld + n > 3 * ld + 2)
            for (int i = 1; i < m - 1; i++)
                for (int j = 1; j < n - 1; j++)
                    v[i * ld + j] = 0.25 * (u[i * ld + j - 1] + u[i * ld + j + 1] +
                                            u[(i - 1) * ld + j] + u[(i + 1) * ld + j]);
            #pragma omp target teams distribute parallel for collapse(2) \
                if(target: n > 2 && (unsigned long)m * ld + n > ld && (unsigned long)m * ld + n > 3 * ld + 2)
            for (int i = 1; i < m - 1; i++)
                for (int j = 1; j < n - 1; j++)
                    u[i * ld + j] = v[i * ld + j];
        }
    } else /* ld < n: rows overlap */
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
