// SPDX-License-Identifier: Apache-2.0
// fault: the halo row 0 is updated, the host looks at row 1
// tier: T2
// kind: host-reads-stale
#include <stdio.h>

enum { R = 6, C = 10 };
static double field[R][C];

int main(void) {
    double total = 0;
    int alarms = 0;
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++)
            field[r][c] = r + 0.1 * c;
#pragma omp target data map(tofrom : field)
    {
#pragma omp target teams distribute parallel for collapse(2)
        for (int r = 0; r < R; r++)
            for (int c = 0; c < C; c++)
                field[r][c] += 1.0;
#pragma omp target update from(field[0 : 1])
        for (int c = 0; c < C; c++)
            if (field[1][c] > 1000.0) // HERE
                alarms++;
    }
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++)
            total += field[r][c];
    printf("total %.2f alarms %d\n", total, alarms);
    return 0;
}
