void scale(int n, double *dst, const double *src)
{
    for (int i = 0; i < n; i++)
        dst[i] = 2.0 * src[i];
}
