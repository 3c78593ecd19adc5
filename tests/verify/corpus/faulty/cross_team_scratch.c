// SPDX-License-Identifier: Apache-2.0
// fault: the scratch has room for the threads of one team, but all teams use it
// tier: T3
// kind: race
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { LANES = 64 };

int main(void) {
    int n = 160, wrong = 0;
    double scratch[LANES] = {0};
    double *out = malloc(n * sizeof *out);
#pragma omp target teams distribute parallel for num_teams(4) thread_limit(2)                      \
    map(tofrom : scratch) map(from : out[0 : n])
    for (int i = 0; i < n; i++) {
        int lane = omp_get_thread_num();
        scratch[lane] = i + 1;          // HERE
        out[i] = scratch[lane] + 1.0;   // HERE
    }
    for (int i = 0; i < n; i++)
        wrong += out[i] < 2.0;
    printf("wrong %d\n", wrong);
    free(out);
    return 0;
}
