// SPDX-License-Identifier: Apache-2.0
// correct: a mapped scalar shares eight bytes with one that the host uses all the time
#include <stdio.h>

static struct {
    int flag, ticks;
    short a, b, c, d;
} state;

int main(void) {
    int n = 50, sum = 0;
#pragma omp target enter data map(to : state.flag, state.b)
    for (int round = 0; round < 3; round++) {
#pragma omp target
        {
            state.flag += 2;
            state.b += 3;
        }
        for (int i = 0; i < n; i++) {
            state.ticks++;
            state.a = (short)(state.a + state.c + 1);
            state.c = (short)(i & 3);
            state.d ^= state.a;
            sum += state.ticks + state.a + state.d;
        }
    }
#pragma omp target exit data map(from : state.flag, state.b)
    printf("%d %d %d %d\n", state.flag, state.b, state.ticks, sum);
    return 0;
}
