/* In other modes nobody looks at 'w', which may be no array at all then. */
void shade(int n, int mode, double *restrict a, const double *restrict w)
{
    #pragma omp target teams distribute parallel for if(target: n > 5000) \
        map(to: w[0:(mode == 1) * n]) map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)
        if (mode == 1)
            a[i] = a[i] * w[i];
        else
            a[i] = 0.5 * a[i];
}

/* Even with the loop under the flag: the first loop alone says how long 'a' is. */
double total(int n, int squared, const double *restrict a)
{
    double sum = 0, squares = 0;
    #pragma omp target data map(to: a[0:n])
    {
    if (squared)
        #pragma omp target teams distribute parallel for reduction(+: squares)
        for (int i = 0; i < n; i++)
            squares += a[i] * a[i];
    #pragma omp target teams distribute parallel for reduction(+: sum)
    for (int i = 0; i < n; i++)
        sum += a[i];
    }
    return sum + squares;
}
