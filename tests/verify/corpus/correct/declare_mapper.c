// SPDX-License-Identifier: Apache-2.0
// correct: a user-defined mapper moves a struct with its dynamic member
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int n;
    double *v;
} list;
#pragma omp declare mapper(list l) map(l, l.v[0 : l.n])

int main(void) {
    list a = {35, malloc(35 * sizeof(double))};
    double sum = 0;
    for (int i = 0; i < a.n; i++)
        a.v[i] = i;
#pragma omp target teams distribute parallel for map(tofrom : a)
    for (int i = 0; i < a.n; i++)
        a.v[i] = a.v[i] * a.v[i];
    for (int i = 0; i < a.n; i++)
        sum += a.v[i];
    printf("n %d sum %.1f\n", a.n, sum);
    free(a.v);
    return 0;
}
