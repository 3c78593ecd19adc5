/* in 'ld >= n' a negative ld would turn into a large number */
void scale(int m, unsigned n, int ld, double *restrict a)
{
    for (int i = 0; i < m; i++)
        #pragma omp target teams distribute parallel for if(target: n > 8000) \
            map(tofrom: a[(unsigned long)ld * i:n])
        for (unsigned j = 0; j < n; j++)
            a[i * ld + (int)j] *= 2.0;
}
