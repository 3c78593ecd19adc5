#include <cstdio>

// used with double only, and by another template
#pragma omp declare target
template <typename T>
static T scaled(T value, T factor)
{
    return value * factor + T(1);
}
#pragma omp end declare target

template <typename T, int ROUNDS>
static void update(int n, T factor, const T *__restrict from, T *__restrict to)
{
    #pragma omp target teams distribute parallel for map(to: from[0:n]) map(from: to[0:n])
    for (int i = 0; i < n; i++) {
        T value = from[i];
        for (int r = 0; r < ROUNDS; r++)
            value = scaled<T>(value, factor);
        to[i] = value;
    }
}

template <class Value, class Index>
static Value total(const Value *x, Index n)
{
    Value sum = 0;
    for (Index i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

int main(int argc, char **argv)
{
    long n = 100000L * argc;
    double *x = new double[n], *y = new double[n];
    #pragma omp target data map(tofrom: y[0:n]) map(alloc: x[0:n])
    {
    #pragma omp target teams distribute parallel for
    for (long i = 0; i < n; i++)
        x[i] = i % 5;
    for (int t = 0; t < 4; t++)
        update<double, 3>(n, 0.25, x, y);
    }
    std::printf("%g\n", total(y, n));
    delete[] x;
    delete[] y;
    return 0;
}
