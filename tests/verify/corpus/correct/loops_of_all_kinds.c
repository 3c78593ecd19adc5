// SPDX-License-Identifier: Apache-2.0
// correct: schedules, ordered, simd, loop, cancel and lastprivate in target regions
#include <stdio.h>

int main(void) {
    int n = 72, v[72], last = -1, order = 0, at = -1;
    float w[72];
    for (int i = 0; i < n; i++)
        v[i] = i;
#pragma omp target parallel for schedule(dynamic, 3) map(tofrom : v)
    for (int i = 0; i < n; i++)
        v[i] = v[i] * 2; // one for all
#pragma omp target parallel for ordered map(tofrom : order)
    for (int i = 0; i < n; i++) {
#pragma omp ordered
        order = order * 3 % 1001 + i;
    }
#pragma omp target teams distribute parallel for simd map(from : w) simdlen(4)
    for (int i = 0; i < n; i++)
        w[i] = 0.5f * (float)i;
#pragma omp target teams loop map(tofrom : v) map(to : w)
    for (int i = 0; i < n; i++)
        v[i] += (int)w[i];
#pragma omp target parallel for lastprivate(last) map(tofrom : last)
    for (int i = 0; i < n; i++)
        last = v[i];
#pragma omp target map(to : v) map(tofrom : at)
#pragma omp parallel
    {
#pragma omp for
        for (int i = 0; i < n; i++) {
            if (v[i] == 50) {
#pragma omp atomic write
                at = i;
#pragma omp cancel for
            }
        }
    }
    printf("last %d order %d at %d v %d\n", last, order, at, v[33]);
    return 0;
}
