void clear(int n, double (*restrict a)[64][64])
{
    #pragma omp target teams distribute parallel for collapse(3) if(target: n > 10) \
        map(from: a[0:n])
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 64; j++)
            for (int k = 0; k < 64; k++)
                a[i][j][k] = 0.0;
}
