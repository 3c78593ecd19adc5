#include <stdlib.h>

double *late(int n)
{
    double *a = malloc(n * sizeof *a);
    #pragma omp target teams distribute parallel for if(target: n > 20000) map(from: a[0:n])
    for (int i = 0; i < n; i++)
        a[i] = i;
    double *b = malloc(n * sizeof *b);
    #pragma omp target teams distribute parallel for if(target: n > 10000) map(to: a[0:n]) \
        map(from: b[0:n])
    for (int i = 0; i < n; i++)
        b[i] = 2.0 * a[i];
    free(a);
    return b;
}
