void blur(int n, const float *restrict a, float *restrict b)
{
    #pragma omp target teams distribute parallel for if(target: n > 2000) map(to: a[0:n]) \
        map(from: b[0:n])
    for (int i = 0; i < n; i++) {
        float sum = 0.0f;
        for (int d = -1; d <= 1; d++)
            if ((unsigned)(i + d) < (unsigned)n)
                sum += a[i + d];
        b[i] = sum;
    }
}
