#include <stdlib.h>

double gather(int n, int weighted, const double *x)
{
    double *v = NULL, *w = NULL, sum = 0.0;
    if (posix_memalign((void **)&v, 64, n * sizeof *v) != 0)
        return -1.0;
    if (weighted)
        w = malloc(n * sizeof *w);
    #pragma omp target data map(alloc: v[0:n], w[0:(weighted != 0) * n])
    {
    #pragma omp target teams distribute parallel for map(to: x[0:n])
    for (int i = 0; i < n; i++) {
        v[i] = x[i];
        if (weighted)
            w[i] = 2.0 * x[i];
    }
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += v[i * 3 % n] * (weighted ? w[i] : 1.0);
    }
    free(v);
    free(w);
    return sum;
}
