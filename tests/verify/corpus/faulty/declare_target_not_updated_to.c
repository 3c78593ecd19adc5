// SPDX-License-Identifier: Apache-2.0
// fault: the host sets a declare target variable and does not update the device's
// tier: T1
// kind: output
#include <stdio.h>

#pragma omp begin declare target
static double viscosity = 1.0;

static double drag(double speed) { return viscosity * speed * speed; }
#pragma omp end declare target

int main(void) {
    double force[20], sum = 0;
    viscosity = 0.25;
#pragma omp target teams distribute parallel for map(from : force)
    for (int i = 0; i < 20; i++)
        force[i] = drag(i);
    for (int i = 0; i < 20; i++)
        sum += force[i];
    printf("sum %.2f\n", sum);
    return 0;
}
