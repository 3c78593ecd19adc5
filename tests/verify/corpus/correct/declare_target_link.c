// SPDX-License-Identifier: Apache-2.0
// correct: a global with declare target link is mapped where it is used
#include <stdio.h>

static int link_me[100];
#pragma omp declare target link(link_me)

#pragma omp begin declare target
static int pick(int i) { return link_me[i] * 2; }
#pragma omp end declare target

int main(void) {
    int sum = 0;
    for (int i = 0; i < 100; i++)
        link_me[i] = i - 50;
#pragma omp target teams distribute parallel for map(tofrom : link_me)
    for (int i = 0; i < 100; i++)
        link_me[i] = pick(i) + 1;
    for (int i = 0; i < 100; i++)
        sum += link_me[i];
    printf("sum %d\n", sum);
    return 0;
}
