// SPDX-License-Identifier: Apache-2.0
// fault: the rows are reduced within a team, the sum of the teams is not
// tier: T3
// kind: race
#include <stdio.h>

enum { ROWS = 16, COLS = 12 };
static double m[ROWS][COLS];

int main(void) {
    double trace = 0;
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLS; c++)
            m[r][c] = r + c;
#pragma omp target teams distribute map(to : m) map(tofrom : trace)
    for (int r = 0; r < ROWS; r++) {
        double row = 0;
#pragma omp parallel for reduction(+ : row)
        for (int c = 0; c < COLS; c++)
            row += m[r][c];
        trace += row; // HERE
    }
    printf("%s\n", trace > 0 ? "positive" : "zero");
    return 0;
}
