#pragma omp declare target
static const double knots[4] = {0.0, 0.5, 0.75, 1.0};

static double shape(double x)
{
    return x < knots[1] ? x * x : knots[3] - x;
}
#pragma omp end declare target

void apply(int n, double *restrict a)
{
    #pragma omp target teams distribute parallel for if(target: n > 7000) map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)
        a[i] = shape(a[i]);
}
