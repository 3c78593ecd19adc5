// SPDX-License-Identifier: Apache-2.0
// fault: the scratch array w is shared by all iterations
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

enum { W = 5 };

int main(void) {
    int n = 100, odd = 0;
    int *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out), w[W];
    for (int i = 0; i < n; i++)
        in[i] = i * 29 % 50;
#pragma omp target teams distribute parallel for map(to : in[0 : n]) map(from : out[0 : n])
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < W; k++)
            w[k] = in[i] >> k; // HERE
        int best = 0;
        for (int k = 0; k < W; k++)
            best = w[k] > best ? w[k] : best; // HERE
        out[i] = best;
    }
    for (int i = 0; i < n; i++)
        odd += out[i] > 50;
    printf("too large %d\n", odd);
    free(in);
    free(out);
    return 0;
}
