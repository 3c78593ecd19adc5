#include <stdlib.h>

/* every call passes all of an array, and its length */
static void gather(int n, int k, double *restrict y, const double *restrict x,
                   const int *restrict at)
{
    #pragma omp target teams distribute parallel for map(to: x[0:n], at[0:k]) map(tofrom: y[0:k])
    for (int i = 0; i < k; i++)
        y[i] += x[at[i]] + n;
}

/* two lengths: how much of x there is cannot be told */
static void either(int n, int k, double *restrict y, const double *restrict x,
                   const int *restrict at)
{
    for (int i = 0; i < k; i++)
        y[i] += x[at[i]] + n;
}

void run(int n, int k, double *restrict y, const int *restrict at)
{
    double *a = calloc(n + 1, sizeof *a), *b = calloc(2 * n, sizeof *b);
    #pragma omp target data map(to: a[0:n + 1])
    {
    gather(n + 1, k, y, a, at);
    gather(n + 1, k / 2, y, a, at);
    }
    either(n, k, y, a, at);
    either(n, k, y, b, at);
    free(a);
    free(b);
}
