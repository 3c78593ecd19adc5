// SPDX-License-Identifier: Apache-2.0
// correct: the exit code is the result of a kernel, nothing is printed
#include <stdlib.h>

int main(void) {
    int n = 40, code = 0, *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target teams distribute parallel for map(to : v[0 : n]) map(tofrom : code)             \
    reduction(^ : code)
    for (int i = 0; i < n; i++)
        code ^= v[i] & 63;
    code += 17;
    free(v);
    exit(code);
}
