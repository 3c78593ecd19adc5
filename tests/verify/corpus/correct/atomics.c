// SPDX-License-Identifier: Apache-2.0
// correct: atomic update, capture, compare and a critical section
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 160, used = 0, peak = -1, *slot = malloc(n * sizeof *slot), seen[8] = {0};
    long sum = 0;
    for (int i = 0; i < n; i++)
        slot[i] = -1;
#pragma omp target teams distribute parallel for map(from : slot[0 : n]) map(tofrom : used, seen)
    for (int i = 0; i < n; i++) {
        int mine;
        if (i % 3 == 0) {
#pragma omp atomic capture
            mine = used++;
        } else
            mine = -1;
        slot[i] = mine;
#pragma omp atomic
        seen[i & 7] += 1;
    }
#pragma omp target map(tofrom : peak)
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        int score = i * 23 % 101;
#pragma omp critical
        if (score > peak)
            peak = score;
    }
    for (int i = 0; i < n; i++)
        sum += slot[i];
    printf("used %d sum %ld seen %d peak %d\n", used, sum, seen[0] + seen[7], peak);
    free(slot);
    return 0;
}
