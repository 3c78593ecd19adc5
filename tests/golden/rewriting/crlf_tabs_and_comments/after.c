/* größe */
void f(int n, double *restrict a)
{
	/* lead */ 
	#pragma omp target data map(from: a[0:n])
	{
	#pragma omp target teams distribute parallel for
	for (int i = 0; i < n; i++) a[i] = 1; // tail
	if (n > 3) 
	#pragma omp target teams distribute parallel for
	for (int i = 0; i < n; i++) a[i] += 2;
	else 
	#pragma omp target teams distribute parallel for
	for (int i = 0; i < n; i++) a[i] = 3;
	}
}
