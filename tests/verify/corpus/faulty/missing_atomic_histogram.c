// SPDX-License-Identifier: Apache-2.0
// fault: the histogram is updated without atomics
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 300, bins[8] = {0}, used = 0;
    unsigned char *pixel = malloc(n);
    for (int i = 0; i < n; i++)
        pixel[i] = (unsigned char)(i * 73);
#pragma omp target teams distribute parallel for map(to : pixel[0 : n]) map(tofrom : bins)
    for (int i = 0; i < n; i++)
        bins[pixel[i] >> 5]++; // HERE
    for (int b = 0; b < 8; b++)
        used += bins[b] > 0;
    printf("bins used %d\n", used);
    free(pixel);
    return 0;
}
