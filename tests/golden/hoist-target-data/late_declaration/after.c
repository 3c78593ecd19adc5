#include <stdlib.h>

double *late(int n)
{
    double *a = malloc(n * sizeof *a);
    #pragma omp target enter data map(alloc: a[0:n])
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] = i;
    double *b = malloc(n * sizeof *b);
    #pragma omp target teams distribute parallel for map(from: b[0:n])
    for (int i = 0; i < n; i++)
        b[i] = 2.0 * a[i];
    #pragma omp target exit data map(release: a[0:n])
    free(a);
    return b;
}
