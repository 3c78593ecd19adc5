// SPDX-License-Identifier: Apache-2.0
// fault: lastprivate on the loop, but the variable of the target region is firstprivate
// tier: T1
// kind: output
#include <stdio.h>

int main(void) {
    double x[30], last = -1.0;
    for (int i = 0; i < 30; i++)
        x[i] = 3.0 * i;
#pragma omp target map(to : x) firstprivate(last)
#pragma omp parallel for lastprivate(last)
    for (int i = 0; i < 30; i++)
        last = x[i] + 0.5;
    printf("last %.1f\n", last);
    return 0;
}
