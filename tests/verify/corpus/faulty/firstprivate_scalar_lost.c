// SPDX-License-Identifier: Apache-2.0
// fault: the scalar found is firstprivate by default, its value is needed back
// tier: T1
// kind: output
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 100, found = -1, *key = malloc(n * sizeof *key);
    for (int i = 0; i < n; i++)
        key[i] = i * 17 % 101;
#pragma omp target map(to : key[0 : n])
    for (int i = 0; i < n; i++)
        if (key[i] == 51)
            found = i;
    printf("found at %d\n", found);
    free(key);
    return found == 3 ? 0 : 2;
}
