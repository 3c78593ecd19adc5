void saxpy(int n, float a, const float *restrict x, float *restrict y)
{
    /* one line, one directive */
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}
