// SPDX-License-Identifier: Apache-2.0
// fault: the rows of a wavefront run in parallel
// tier: T3
// kind: race
#include <stdio.h>

enum { N = 40 };
static int cost[N][N];

int main(void) {
    int negative = 0;
    for (int i = 0; i < N; i++)
        cost[i][0] = cost[0][i] = i;
#pragma omp target teams distribute parallel for map(tofrom : cost)
    for (int i = 1; i < N; i++)
        for (int j = 1; j < N; j++) {
            int up = cost[i - 1][j] + 1; // HERE
            int left = cost[i][j - 1] + 1;
            cost[i][j] = up < left ? up : left; // HERE
        }
    for (int i = 0; i < N; i++)
        negative += cost[N - 1][i] < 0;
    printf("negative %d\n", negative);
    return 0;
}
