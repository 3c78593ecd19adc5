// SPDX-License-Identifier: Apache-2.0
// correct: int and char arrays full of -1, bytes of 0xff, both ways
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int n = 99, count = 0;
    int *link = malloc(n * sizeof *link), *depth = malloc(n * sizeof *depth);
    signed char *flag = malloc(n);
    memset(link, 0xff, n * sizeof *link);
#pragma omp target teams distribute parallel for map(from : depth[0 : n], flag[0 : n])             \
    map(tofrom : link[0 : n])
    for (int i = 0; i < n; i++) {
        depth[i] = link[i];
        flag[i] = -1;
        if (i % 50 == 0)
            link[i] = i;
    }
    for (int i = 0; i < n; i++)
        count += (link[i] == -1) + (depth[i] == -1) + (flag[i] == -1);
    printf("minus ones %d\n", count);
    free(link);
    free(depth);
    free(flag);
    return 0;
}
