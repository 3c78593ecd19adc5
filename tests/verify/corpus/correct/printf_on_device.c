// SPDX-License-Identifier: Apache-2.0
// correct: a kernel that prints
#include <stdio.h>

int main(void) {
    int v[5] = {5, 4, 3, 2, 1};
    printf("before\n");
    fflush(stdout);
#pragma omp target map(to : v)
    for (int i = 0; i < 5; i++)
        printf("%s %d\n", i % 2 ? "odd" : "even", v[i]);
    printf("after\n");
    return 0;
}
