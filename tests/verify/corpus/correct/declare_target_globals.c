// SPDX-License-Identifier: Apache-2.0
// correct: functions and variables of the device, updated in both directions
#include <stdio.h>

#pragma omp begin declare target
double table[16];
int lookups;
static const double offset = 0.125;

static double value(int i) {
#pragma omp atomic
    lookups++;
    return table[i & 15] + offset;
}
#pragma omp end declare target

int main(void) {
    double out[48], sum = 0;
    for (int i = 0; i < 16; i++)
        table[i] = i * i;
    lookups = 100;
#pragma omp target update to(table, lookups)
#pragma omp target teams distribute parallel for map(from : out)
    for (int i = 0; i < 48; i++)
        out[i] = value(i);
#pragma omp target update from(lookups)
#pragma omp target
    table[3] = -1.0;
#pragma omp target update from(table)
    for (int i = 0; i < 48; i++)
        sum += out[i];
    printf("sum %.3f lookups %d table[3] %.1f\n", sum, lookups, table[3]);
    return 0;
}
