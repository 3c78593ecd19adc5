// SPDX-License-Identifier: Apache-2.0
// fault: the verdict of the check on the device stays there, main returns the old one
// tier: T1
// kind: output
#include <stdlib.h>

int main(void) {
    int n = 32, ok = 0, *v = malloc(n * sizeof *v);
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target map(to : v[0 : n], ok)
    {
        ok = 1;
        for (int i = 1; i < n; i++)
            if (v[i - 1] > v[i])
                ok = 0;
    }
    free(v);
    return ok ? 0 : 5;
}
