void clear(int n, double (*restrict a)[64][64])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 64; j++)
            for (int k = 0; k < 64; k++)
                a[i][j][k] = 0.0;
}
