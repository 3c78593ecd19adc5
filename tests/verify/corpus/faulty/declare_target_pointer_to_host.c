// SPDX-License-Identifier: Apache-2.0
// fault: a declare target pointer is updated to the device with the host's address
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

#pragma omp begin declare target
double *samples;

static double at(int i) { return samples[i]; } // HERE
#pragma omp end declare target

int main(void) {
    double sum = 0;
    samples = malloc(25 * sizeof *samples);
    for (int i = 0; i < 25; i++)
        samples[i] = i * 0.5;
#pragma omp target update to(samples)
#pragma omp target map(tofrom : sum)
    for (int i = 0; i < 25; i++)
        sum += at(i);
    printf("sum %.1f\n", sum);
    free(samples);
    return 0;
}
