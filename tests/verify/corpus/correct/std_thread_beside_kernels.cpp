// SPDX-License-Identifier: Apache-2.0
// correct: a std::thread works on the host's memory while the main thread launches kernels
// tier: T1
#include <cstdio>
#include <thread>
#include <vector>

int main() {
    std::vector<long> mine(4000, 1), theirs(4000, 1);
    std::thread worker([&theirs] {
        for (int round = 0; round < 300; round++)
            for (std::size_t i = 0; i < theirs.size(); i++)
                theirs[i] = (theirs[i] * 5 + 3) % 1009;
    });
    long *data = mine.data();
    for (int round = 0; round < 40; round++) {
#pragma omp target teams distribute parallel for map(tofrom : data[0 : 4000])
        for (int i = 0; i < 4000; i++)
            data[i] = (data[i] * 7 + i) % 997;
    }
    worker.join();
    long a = 0, b = 0;
    for (long value : mine)
        a += value;
    for (long value : theirs)
        b += value;
    std::printf("%ld %ld\n", a, b);
    return 0;
}
