void saxpy(int n, float a, const float *restrict x, float *restrict y)
{
    /* one line, one directive */
    #pragma omp target teams distribute parallel for if(target: n > 8000) map(to: x[0:n]) \
        map(tofrom: y[0:n])
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}
