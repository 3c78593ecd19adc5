// SPDX-License-Identifier: Apache-2.0
// fault: a std::vector is mapped as an object, its elements stay on the host
// tier: T2
// kind: unmapped
#include <cstdio>
#include <vector>

int main() {
    std::vector<int> input(128);
    int hits = 0;
    for (std::size_t i = 0; i < input.size(); i++)
        input[i] = static_cast<int>(i * 37 % 101);
#pragma omp target teams distribute parallel for map(to : input) reduction(+ : hits)
    for (int i = 0; i < 128; i++)
        if (input[i] > 50) // HERE
            hits++;
    std::printf("hits %d\n", hits);
    return 0;
}
