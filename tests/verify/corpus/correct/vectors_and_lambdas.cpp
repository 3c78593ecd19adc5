// SPDX-License-Identifier: Apache-2.0
// correct: std::vector data, templates and lambdas that capture pointers to mapped arrays
#include <cstdio>
#include <vector>

template <typename T, typename F> static void transform(T *data, int n, F f) {
#pragma omp target teams distribute parallel for map(tofrom : data[0 : n]) map(to : f)
    for (int i = 0; i < n; i++)
        data[i] = f(data[i], i);
}

template <typename T> static T sum_of(const std::vector<T> &v) {
    const T *data = v.data();
    T sum{};
    int n = static_cast<int>(v.size());
#pragma omp target teams distribute parallel for map(to : data[0 : n]) map(tofrom : sum)           \
    reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += data[i];
    return sum;
}

int main() {
    std::vector<int> v(70);
    std::vector<double> w;
    for (int i = 0; i < 70; i++)
        v[i] = i;
    for (int i = 0; i < 33; i++)
        w.push_back(i * 0.5);
    int add = 3;
    transform(v.data(), 70, [=](int x, int i) { return x * 2 + add + i; });
    transform(w.data(), static_cast<int>(w.size()), [](double x, int) { return x - 1; });
    v.push_back(1000);
    v.insert(v.begin(), 7);
    std::printf("%d %.1f\n", sum_of(v), sum_of(w));
    return 0;
}
