// SPDX-License-Identifier: Apache-2.0
// fault: the lambda that the kernel calls holds a pointer to an array that is not mapped
// tier: T2
// kind: unmapped
#include <cstdio>
#include <memory>

template <typename F> static void for_each(double *out, int n, F f) {
#pragma omp target teams distribute parallel for map(from : out[0 : n]) map(to : f)
    for (int i = 0; i < n; i++)
        out[i] = f(i);
}

int main() {
    constexpr int n = 75;
    auto damping = std::make_unique<double[]>(n);
    auto out = std::make_unique<double[]>(n);
    for (int i = 0; i < n; i++)
        damping[i] = 1.0 - 0.01 * i;
    const double *d = damping.get();
    for_each(out.get(), n, [d](int i) { return d[i] * i; }); // HERE
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += out[i];
    std::printf("sum %.3f\n", sum);
    return 0;
}
