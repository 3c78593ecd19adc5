// SPDX-License-Identifier: Apache-2.0
// fault: the global pointer gain is used on the device without a map clause
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

static double *gain;
static int channels = 16;

static void amplify(double *samples, int frames) {
#pragma omp target teams distribute parallel for collapse(2)                                       \
    map(tofrom : samples[0 : frames * channels])
    for (int f = 0; f < frames; f++)
        for (int c = 0; c < channels; c++)
            samples[f * channels + c] *= gain[c]; // HERE
}

int main(void) {
    int frames = 20;
    double *samples = malloc(frames * channels * sizeof *samples), sum = 0;
    gain = malloc(channels * sizeof *gain);
    for (int c = 0; c < channels; c++)
        gain[c] = 1.0 + 0.25 * c;
    for (int i = 0; i < frames * channels; i++)
        samples[i] = i % 5;
    amplify(samples, frames);
    for (int i = 0; i < frames * channels; i++)
        sum += samples[i];
    printf("energy %.3f\n", sum);
    free(gain);
    free(samples);
    return 0;
}
