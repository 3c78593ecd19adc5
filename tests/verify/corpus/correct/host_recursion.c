// SPDX-License-Identifier: Apache-2.0
// correct: recursion on the host with kernels on local arrays at every depth
#include <stdio.h>

static int tree(int depth, int seed) {
    int leaf[16], sum = 0;
#pragma omp target teams distribute parallel for map(from : leaf)
    for (int i = 0; i < 16; i++)
        leaf[i] = seed * i % 17;
    if (depth > 0) {
        int left = tree(depth - 1, seed * 3 % 31 + 1), right = tree(depth - 1, seed * 5 % 29 + 1);
#pragma omp target map(tofrom : leaf) firstprivate(left, right)
        {
            leaf[0] += left;
            leaf[15] += right;
        }
    }
    for (int i = 0; i < 16; i++)
        sum += leaf[i];
    return sum;
}

int main(void) {
    printf("sum %d\n", tree(3, 7));
    return 0;
}
