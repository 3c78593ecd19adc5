#define N 300

void every(int n, int step, double a[restrict N])
{
    if (step > 0) {
        #pragma omp target teams distribute parallel for map(tofrom: a[0:N])
        for (int i = 1; i < n; i += step)
            a[i] += 3.0 * a[0];
    } else /* the step is not positive: no iteration */
    for (int i = 1; i < n; i += step)
        a[i] += 3.0 * a[0];
}

/* An inner loop needs no test: with a step that is not positive it cannot run and end. */
void columns(int n, int step, double g[restrict N][N])
{
    #pragma omp target teams distribute parallel for map(tofrom: g[0:N])
    for (int i = 0; i < n; i++)
        for (int j = i % 3; j < n; j += step)
            g[i][j] += j;
}

/* Unsigned sums may wrap, so no sign of the step tells the direction. */
void may_wrap(unsigned n, unsigned step, double a[restrict N])
{
    for (unsigned i = 0; i < n; i += step)
        a[i] += 1.0;
}
