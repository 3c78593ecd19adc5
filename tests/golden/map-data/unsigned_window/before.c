void blur(int n, const float *restrict a, float *restrict b)
{
    for (int i = 0; i < n; i++) {
        float sum = 0.0f;
        for (int d = -1; d <= 1; d++)
            if ((unsigned)(i + d) < (unsigned)n)
                sum += a[i + d];
        b[i] = sum;
    }
}
