// SPDX-License-Identifier: Apache-2.0
// fault: of two neighbouring counters the device renews one, and the host reads both
// tier: T2
// kind: host-reads-stale
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int wild = 0, *count = malloc(8 * sizeof *count);
    for (int i = 0; i < 8; i++)
        count[i] = i;
#pragma omp target enter data map(to : count[0 : 8])
#pragma omp target teams distribute parallel for
    for (int i = 1; i < 8; i += 2)
        count[i] += 10;
    int even = count[0] + count[2] + count[4];
    count[6] = 1;
    wild += count[7] > 50; // HERE
#pragma omp target exit data map(delete : count[0 : 8])
    printf("even %d wild %d\n", even, wild);
    free(count);
    return 0;
}
