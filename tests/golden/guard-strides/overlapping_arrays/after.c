/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}

void scale(int m, int n, double *dst, int ld, const double *src)
{
	if (ld >= n &&
	    s2s_disjoint(dst, ((unsigned long)m * ld + n - ld) * sizeof *dst, src, (unsigned long)m * n * sizeof *src)) {
		#pragma omp target teams distribute parallel for collapse(2) \
		    if(target: (unsigned long)m * ld + n > ld && (unsigned long)m * n > 6000) \
		    map(to: src[0:(unsigned long)m * n]) map(tofrom: dst[0:(unsigned long)m * ld + n - ld])
		for (int i = 0; i < m; i++)
			for (int j = 0; j < n; j++)
				dst[i * ld + j] = 2.0 * src[i * n + j];
	} else /* ld < n: rows overlap, or dst and src overlap: order matters */
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++)
			dst[i * ld + j] = 2.0 * src[i * n + j];
}
