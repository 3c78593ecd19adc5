// SPDX-License-Identifier: Apache-2.0
// fault: the last iteration of the stencil reads one element behind the array
// tier: T2
// kind: outside-section
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 120;
    float *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
    for (int i = 0; i < n; i++) {
        in[i] = (float)(i % 10);
        out[i] = 0;
    }
#pragma omp target teams distribute parallel for map(to : in[0 : n]) map(tofrom : out[0 : n])
    for (int i = 1; i <= n - 1; i++)
        out[i] = 0.25f * in[i - 1] + 0.5f * in[i] + 0.25f * in[i + 1]; // HERE
    float sum = 0;
    for (int i = 1; i < n - 1; i++)
        sum += out[i];
    printf("smooth %.2f\n", sum);
    free(in);
    free(out);
    return 0;
}
