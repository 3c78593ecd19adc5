// SPDX-License-Identifier: Apache-2.0
// correct: a std::thread works on the host's memory while the main thread launches kernels
// tier: T1
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

int main() {
    std::vector<long> mine(4000, 1), theirs(4000, 1);
    std::atomic<bool> done{false};
    std::thread worker([&theirs, &done] {
        do
            for (std::size_t i = 0; i < theirs.size(); i++)
                theirs[i] = theirs[i] % 7 + 1;
        while (!done);
        for (std::size_t i = 0; i < theirs.size(); i++)
            theirs[i] = long(i) * 5 % 1009;
    });
    long *data = mine.data();
    for (int round = 0; round < 40; round++) {
#pragma omp target teams distribute parallel for map(tofrom : data[0 : 4000])
        for (int i = 0; i < 4000; i++)
            data[i] = (data[i] * 7 + i) % 997;
    }
    done = true;
    worker.join();
    long a = 0, b = 0;
    for (long value : mine)
        a += value;
    for (long value : theirs)
        b += value;
    std::printf("%ld %ld\n", a, b);
    return 0;
}
