// SPDX-License-Identifier: Apache-2.0
// fault: two arrays of accumulators, neither of them in a reduction
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 3 };

int main(void) {
    int n = 90, count[CLASSES] = {0};
    double *x = malloc(n * sizeof *x), total[CLASSES] = {0};
    for (int i = 0; i < n; i++)
        x[i] = i;
#pragma omp target teams distribute parallel for map(to : x[0 : n]) map(tofrom : count, total)
    for (int i = 0; i < n; i++) {
        int k = i % CLASSES;
        count[k] += 1;    // HERE
        total[k] += x[i]; // HERE
    }
    for (int k = 0; k < CLASSES; k++)
        printf("class %d %s\n", k, count[k] > 0 && total[k] > 0 ? "used" : "empty");
    free(x);
    return 0;
}
