#include <stdlib.h>

double relax(int n, int limit, double *restrict x, double *restrict y)
{
    #pragma omp target enter data if(n > 2) map(to: x[0:n], y[1:n - 2])
    for (int t = 0; t < limit; t++) {
        double change = 0.0;
        #pragma omp target teams distribute parallel for if(target: n > 2)
        for (int i = 1; i < n - 1; i++)
            y[i] = 0.5 * (x[i - 1] + x[i + 1]);
        #pragma omp target teams distribute parallel for reduction(+: change) if(target: n > 2)
        for (int i = 1; i < n - 1; i++) {
            change += (y[i] - x[i]) * (y[i] - x[i]);
            x[i] = y[i];
        }
        if (change < 1e-9) {
            #pragma omp target exit data if(n > 2) map(from: x[0:n], y[1:n - 2])
            return x[1];
        }
        if (change > 1e9) {
            #pragma omp target exit data if(n > 2) map(from: x[0:n], y[1:n - 2])
            goto diverged;
        }
        #pragma omp target if(target: n > 2)
        x[0] = change;
    }
    #pragma omp target exit data if(n > 2) map(from: x[0:n], y[1:n - 2])
    return x[n - 1];
diverged:
    return -1.0;
}

int scaled(int n, const double *restrict x, double *restrict out)
{
    double sum = 0.0;
    double *w = malloc(n * sizeof *w);
    #pragma omp target enter data map(alloc: w[0:n])
    #pragma omp target teams distribute parallel for map(to: x[0:n])
    for (int i = 0; i < n; i++)
        w[i] = 1.0 + x[i] * x[i];
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += w[i];
    if (sum == 0.0) {
        #pragma omp target exit data map(release: w[0:n])
        free(w);
        return 0;
    }
    #pragma omp target teams distribute parallel for map(from: out[0:n])
    for (int i = 0; i < n; i++)
        out[i] = w[i] / sum;
    #pragma omp target exit data map(release: w[0:n])
    free(w);
    return 1;
}
