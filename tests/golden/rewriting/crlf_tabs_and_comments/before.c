/* größe */
void f(int n, double *restrict a)
{
	/* lead */ for (int i = 0; i < n; i++) a[i] = 1; // tail
	if (n > 3) for (int i = 0; i < n; i++) a[i] += 2;
	else for (int i = 0; i < n; i++) a[i] = 3;
}
