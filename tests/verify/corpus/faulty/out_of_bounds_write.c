// SPDX-License-Identifier: Apache-2.0
// fault: the compaction writes a terminator behind the mapped section
// tier: T2
// kind: outside-section
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n = 64;
    short *text = malloc((n + 1) * sizeof *text);
    for (int i = 0; i < n; i++)
        text[i] = (short)(i % 26);
    text[n] = -1;
#pragma omp target map(tofrom : text[0 : n])
    {
        for (int i = 0; i < n; i++)
            text[i] = (short)(25 - text[i]);
        text[n] = -1; // HERE
    }
    int sum = 0;
    for (int i = 0; text[i] >= 0; i++)
        sum += text[i];
    printf("sum %d\n", sum);
    free(text);
    return 0;
}
