// SPDX-License-Identifier: Apache-2.0
// fault: the counters of a struct are updated, the sums behind them are not
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

struct stats {
    long hits[8];
    double sums[8];
};

int main(void) {
    struct stats *s = calloc(1, sizeof *s);
    int empty = 0;
    long hits = 0;
#pragma omp target data map(to : s[0 : 1])
    {
#pragma omp target teams distribute parallel for
        for (int k = 0; k < 8; k++) {
            s->hits[k] += k + 1;
            s->sums[k] += 0.5 * k + 1;
        }
#pragma omp target update from(s->hits)
        for (int k = 0; k < 8; k++) {
            hits += s->hits[k];
            empty += s->sums[k] < 0; // HERE
        }
    }
    printf("hits %ld empty %d\n", hits, empty);
    free(s);
    return 0;
}
