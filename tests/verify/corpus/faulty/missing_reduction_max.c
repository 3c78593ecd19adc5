// SPDX-License-Identifier: Apache-2.0
// fault: the maximum is found without a reduction
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 150, top = -1;
    int *score = malloc(n * sizeof *score);
    for (int i = 0; i < n; i++)
        score[i] = i * 31 % 151;
#pragma omp target teams distribute parallel for map(to : score[0 : n]) map(tofrom : top)
    for (int i = 0; i < n; i++)
        if (score[i] > top) // HERE
            top = score[i]; // HERE
    printf("%s\n", top >= 0 ? "found" : "none");
    free(score);
    return 0;
}
