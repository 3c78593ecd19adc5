// SPDX-License-Identifier: Apache-2.0
// correct: scalar, array section, logical and user-defined reductions
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int value, at;
} place;

static place larger(place a, place b) {
    if (a.value != b.value)
        return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
}
#pragma omp declare target to(larger)
#pragma omp declare reduction(top : place : omp_out = larger(omp_out, omp_in))                     \
    initializer(omp_priv = (place){-1, 1 << 30})

int main(void) {
    int n = 210, all = 1, *v = malloc(n * sizeof *v), bins[5] = {0};
    long sum = 0;
    unsigned bits = 0;
    place best = {-1, 1 << 30};
    for (int i = 0; i < n; i++)
        v[i] = i * 41 % 97;
#pragma omp target teams distribute parallel for map(to : v[0 : n]) map(tofrom : sum, all, bits)    \
    reduction(+ : sum) reduction(&& : all) reduction(| : bits)
    for (int i = 0; i < n; i++) {
        sum += v[i];
        all = all && v[i] < 97;
        bits |= 1u << v[i] % 20;
    }
#pragma omp target map(to : v[0 : n]) map(tofrom : bins)
#pragma omp parallel for reduction(+ : bins[0 : 5])
    for (int i = 0; i < n; i++)
        bins[v[i] / 20]++;
#pragma omp target map(to : v[0 : n]) map(tofrom : best)
#pragma omp parallel for reduction(top : best)
    for (int i = 0; i < n; i++)
        best = larger(best, (place){v[i], i});
    printf("%ld %d %x | %d %d %d %d %d | %d at %d\n", sum, all, bits, bins[0], bins[1], bins[2],
           bins[3], bins[4], best.value, best.at);
    free(v);
    return 0;
}
