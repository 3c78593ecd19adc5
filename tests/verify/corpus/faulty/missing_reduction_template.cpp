// SPDX-License-Identifier: Apache-2.0
// fault: a generic dot product without a reduction clause
// tier: T3
// kind: race
#include <cstdio>
#include <vector>

template <typename T> T dot(const std::vector<T> &a, const std::vector<T> &b) {
    const T *x = a.data(), *y = b.data();
    int n = static_cast<int>(a.size());
    T sum{};
#pragma omp target teams distribute parallel for map(to : x[0 : n], y[0 : n]) map(tofrom : sum)
    for (int i = 0; i < n; i++)
        sum += x[i] * y[i]; // HERE
    return sum;
}

int main() {
    std::vector<float> a(160, 1.0f), b(160, 0.5f);
    std::vector<long> c(160, 3), d(160, 2);
    std::printf("%d %d\n", dot(a, b) > 0, dot(c, d) > 0);
    return 0;
}
