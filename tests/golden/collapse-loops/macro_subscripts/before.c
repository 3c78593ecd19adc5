#define N 2048
#define AT(i, j) ((i) + (j) * N)
#define MIDDLE(a, i, j) (0.25f * ((a)[AT(i - 1, j)] + (a)[AT(i + 1, j)]))

/* the size is named in the bounds, and comes with a macro in the subscripts */
void sweep(float *restrict f, const float *restrict g)
{
    for (int j = 0; j < N; j++)
        for (int i = 1; i < N - 1; i++)
            f[AT(i, j)] = MIDDLE(g, i, j);
}
