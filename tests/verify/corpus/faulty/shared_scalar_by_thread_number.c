// SPDX-License-Identifier: Apache-2.0
// fault: every thread of a team moves the pointer that all of them share
// tier: T3
// kind: race
#include <omp.h>
#include <stdio.h>

int main(void) {
    enum { TEAMS = 4, THREADS = 8, N = TEAMS * THREADS };
    int a[N];
    int first = 0;
    for (int i = 0; i < N; i++)
        a[i] = 0;
#pragma omp target teams num_teams(TEAMS) thread_limit(THREADS) map(tofrom: a)
    {
#pragma omp parallel
        {
            first += omp_get_team_num(); // HERE
            a[omp_get_team_num() * THREADS + omp_get_thread_num()] = first;
        }
    }
    printf("%d\n", a[0] >= 0);
    return 0;
}
