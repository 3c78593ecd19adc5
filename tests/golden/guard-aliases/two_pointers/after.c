/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}

void scale(int n, double *dst, const double *src)
{
    if (s2s_disjoint(dst, n * sizeof *dst, src, n * sizeof *src)) {
        #pragma omp target teams distribute parallel for if(target: n > 10000) map(to: src[0:n]) \
            map(from: dst[0:n])
        for (int i = 0; i < n; i++)
            dst[i] = 2.0 * src[i];
    } else /* dst and src overlap: order matters */
    for (int i = 0; i < n; i++)
        dst[i] = 2.0 * src[i];
}
