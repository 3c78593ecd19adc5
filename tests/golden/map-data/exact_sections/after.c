void stencil(int n, const double *restrict in, double *restrict out)
{
    #pragma omp target teams distribute parallel for if(target: n > 7004) map(to: in[0:n]) \
        map(from: out[2:n - 4])
    for (int i = 2; i < n - 2; i++)
        out[i] = in[i - 2] + in[i + 2];
}
