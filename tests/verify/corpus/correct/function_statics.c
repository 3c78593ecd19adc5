// SPDX-License-Identifier: Apache-2.0
// correct: function static and file static arrays, mapped implicitly and through pointers
#include <stdio.h>

static short file_scope[60];

static int step(int round) {
    static int history[60];
    static double weight = 1.5;
    static const int prime[6] = {2, 3, 5, 7, 11, 13};
    int sum = 0;
    weight += round;
#pragma omp target teams distribute parallel for map(to : weight, prime)
    for (int i = 0; i < 60; i++) {
        history[i] += prime[i % 6] * (int)weight;
        file_scope[i] = (short)(history[i] % 100);
    }
    int *p = history + 10;
#pragma omp target teams distribute parallel for map(tofrom : p[0 : 20])
    for (int i = 0; i < 20; i++)
        p[i] -= 1;
    for (int i = 0; i < 60; i++)
        sum += history[i] + file_scope[i];
    return sum;
}

int main(void) {
    for (int round = 0; round < 3; round++)
        printf("round %d: %d\n", round, step(round));
    return 0;
}
