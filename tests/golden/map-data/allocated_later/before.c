#include <stdlib.h>

double gather(int n, int weighted, const double *x)
{
    double *v = NULL, *w = NULL, sum = 0.0;
    if (posix_memalign((void **)&v, 64, n * sizeof *v) != 0)
        return -1.0;
    if (weighted)
        w = malloc(n * sizeof *w);
    for (int i = 0; i < n; i++) {
        v[i] = x[i];
        if (weighted)
            w[i] = 2.0 * x[i];
    }
    for (int i = 0; i < n; i++)
        sum += v[i * 3 % n] * (weighted ? w[i] : 1.0);
    free(v);
    free(w);
    return sum;
}
