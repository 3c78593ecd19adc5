#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

static void relax(int n, const double *from, double *to)
{
    #pragma omp target teams distribute parallel for if(target: n > 2) map(to: from[0:n]) \
        map(from: to[1:n - 2])
    for (int i = 1; i < n - 1; i++)
        to[i] = 0.5 * (from[i - 1] + from[i + 1]);
}

// new and delete, clocks and streams between kernels; what <algorithm> offers for numbers
int main(int argc, char **argv)
{
    int n = 100000 * argc;
    double *u = new double[n], *v = new double[n]();
    int *marks = new int[n];
    #pragma omp target enter data map(alloc: u[0:n], v[0:n], marks[0:n])
    #pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++) {
        u[i] = i % 17;
        v[i] = 0.0;
        marks[i] = i % 3;
    }
    auto start = std::chrono::steady_clock::now();
    for (int t = 0; t < 100; t++) {
        relax(n, u, v);
        std::swap(u, v);
        if (t % 25 == 0)
            std::cout << "step " << t << std::endl;
    }
    auto end = std::chrono::steady_clock::now();
    std::cerr << std::chrono::duration<double>(end - start).count() << " s\n";
    double sum = 0.0, most = 0.0;
    #pragma omp target teams distribute parallel for reduction(max: most) reduction(+: sum)
    for (int i = 0; i < n; i++) {
        int left = std::max(0, i - 2), right = std::min(n, i + 3);
        for (int k = left; k < right; k++)
            sum += u[k] * marks[i];
        most = std::max(most, u[i]);
    }
    #pragma omp target exit data map(from: u[0:n], v[0:n]) map(release: marks[0:n])
    std::cout << sum << " " << most << " " << v[3] << '\n';
    delete[] u;
    delete[] v;
    delete[] marks;
    return 0;
}
