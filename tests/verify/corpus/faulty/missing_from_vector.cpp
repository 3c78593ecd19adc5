// SPDX-License-Identifier: Apache-2.0
// fault: the vector's elements are mapped with to, the checksum misses the new ones
// tier: T1
// kind: host-reads-lost
#include <iostream>
#include <numeric>
#include <vector>

template <typename T> static void square(std::vector<T> &values) {
    T *data = values.data();
    int n = static_cast<int>(values.size());
#pragma omp target teams distribute parallel for map(to : data[0 : n])
    for (int i = 0; i < n; i++)
        data[i] *= data[i];
}

int main() {
    std::vector<long> values(40);
    std::iota(values.begin(), values.end(), 1);
    square(values);
    long sum = 0;
    for (long value : values) // HERE
        sum += value;
    std::cout << "sum " << sum << '\n';
    return 0;
}
