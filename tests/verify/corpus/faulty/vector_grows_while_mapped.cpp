// SPDX-License-Identifier: Apache-2.0
// fault: push_back moves the elements of a vector whose old storage is mapped
// tier: T2
// kind: unmapped
#include <cstdio>
#include <vector>

int main() {
    std::vector<int> queue;
    queue.reserve(16);
    for (int i = 0; i < 16; i++)
        queue.push_back(i);
    int *first = queue.data(), sum = 0;
#pragma omp target enter data map(to : first[0 : 16])
    queue.push_back(16);
    int *now = queue.data();
    int n = static_cast<int>(queue.size());
#pragma omp target teams distribute parallel for reduction(+ : sum) map(tofrom : sum)
    for (int i = 0; i < n; i++)
        sum += now[i]; // HERE
#pragma omp target exit data map(release : first[0 : 16])
    std::printf("sum %d\n", sum);
    return 0;
}
