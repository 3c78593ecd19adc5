#define N 4096
static double a[N];

void fill(void)
{
    #pragma omp target teams distribute parallel for map(from: a[0:N])
    for (int i = 0; i < N; i++)
        a[i] = 1.0;
}
