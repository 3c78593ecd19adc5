#include <stdlib.h>

double relax(int n, int limit, double *restrict x, double *restrict y)
{
    for (int t = 0; t < limit; t++) {
        double change = 0.0;
        for (int i = 1; i < n - 1; i++)
            y[i] = 0.5 * (x[i - 1] + x[i + 1]);
        for (int i = 1; i < n - 1; i++) {
            change += (y[i] - x[i]) * (y[i] - x[i]);
            x[i] = y[i];
        }
        if (change < 1e-9)
            return x[1];
        if (change > 1e9)
            goto diverged;
        x[0] = change;
    }
    return x[n - 1];
diverged:
    return -1.0;
}

int scaled(int n, const double *restrict x, double *restrict out)
{
    double sum = 0.0;
    double *w = malloc(n * sizeof *w);
    for (int i = 0; i < n; i++)
        w[i] = 1.0 + x[i] * x[i];
    for (int i = 0; i < n; i++)
        sum += w[i];
    if (sum == 0.0) {
        free(w);
        return 0;
    }
    for (int i = 0; i < n; i++)
        out[i] = w[i] / sum;
    free(w);
    return 1;
}
