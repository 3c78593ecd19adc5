// SPDX-License-Identifier: Apache-2.0
// fault: the row below the one that is read is mapped
// tier: T2
// kind: outside-section
#include <stdio.h>

static long guard_sum(int rows, int cols, int row) {
    double grid[rows][cols], line[cols];
    long sum = 0;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            grid[r][c] = 10 * r + c;
#pragma omp target teams distribute parallel for map(to : grid[row + 1 : 1]) map(from : line)
    for (int c = 0; c < cols; c++)
        line[c] = grid[row][c]; // HERE
    for (int c = 0; c < cols; c++)
        sum += line[c] == line[c];
    return sum < 0 ? -1 : cols;
}

int main(void) {
    printf("columns %ld\n", guard_sum(12, 16, 5));
    return 0;
}
