void scale(int m, int n, double *dst, int ld, const double *src)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++)
			dst[i * ld + j] = 2.0 * src[i * n + j];
}
