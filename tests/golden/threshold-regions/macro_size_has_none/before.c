#define N 4096
static double a[N];

void fill(void)
{
    for (int i = 0; i < N; i++)
        a[i] = 1.0;
}
