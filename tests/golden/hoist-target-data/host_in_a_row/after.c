#include <stdio.h>

double shape(int n, double a[restrict n])
{
    double sum = 0.0;
    int k = 1;
    #pragma omp target data map(from: a[0:n])
    {
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] = 0.5 * i;
    a[0] = 1.0;
    a[0] += 0.25;
    #pragma omp target update to(a[0:1])
    printf("%g\n", a[0]);
    #pragma omp target update from(a[n - 1:1])
    a[n - 1] = a[0];
    a[k] = 2.0;
    #pragma omp target update to(a[0:1])
    #pragma omp target update to(a[n - 1:1])
    #pragma omp target update to(a[k:1])
    k++;
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += a[i];
    if (a[0] > sum) {
        a[0] = sum;
        #pragma omp target update to(a[0:1])
    }
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] *= sum;
    }
    return sum;
}
