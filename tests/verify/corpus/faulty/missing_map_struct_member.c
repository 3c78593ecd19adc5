// SPDX-License-Identifier: Apache-2.0
// fault: the struct is mapped, but not what its member v points to
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int n;
    double scale;
    double *v;
} series;

int main(void) {
    series s = {200, 0.5, malloc(200 * sizeof(double))};
    for (int i = 0; i < s.n; i++)
        s.v[i] = i;
#pragma omp target teams distribute parallel for map(to : s)
    for (int i = 0; i < s.n; i++)
        s.v[i] *= s.scale; // HERE
    double last = s.v[s.n - 1];
    printf("last %.2f\n", last);
    free(s.v);
    return 0;
}
