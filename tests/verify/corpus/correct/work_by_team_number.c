// SPDX-License-Identifier: Apache-2.0
// correct: work that is dealt out by the numbers of teams and threads, as in a kernel of CUDA: every team
// and every thread that the construct asks for has to be there.
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    const int blocks = 12, threads = 32, n = blocks * threads;
    int *squares = malloc(n * sizeof *squares), *sums = malloc(blocks * sizeof *sums);
    double *halves = malloc(n * sizeof *halves);
#pragma omp target data map(from: squares[0:n], sums[0:blocks], halves[0:n])
    {
#pragma omp target teams num_teams(blocks) thread_limit(threads)
        {
            int part[32];
#pragma omp parallel
            {
                int thread = omp_get_thread_num();
                int i = omp_get_team_num() * omp_get_num_threads() + thread;
                squares[i] = i * i;
                part[thread] = i;
#pragma omp barrier
                if (thread == 0) {
                    int sum = 0;
                    for (int k = 0; k < omp_get_num_threads(); k++)
                        sum += part[k];
                    sums[omp_get_team_num()] = sum;
                }
            }
        }
#pragma omp target teams num_teams(blocks)
        {
#pragma omp parallel num_threads(threads)
            squares[omp_get_team_num() * threads + omp_get_thread_num()] += 2;
        }
#pragma omp target teams distribute parallel for num_teams(blocks) thread_limit(threads)
        for (int i = n - 1; i >= 0; i--)
            halves[i] = 0.5 * squares[i];
    }
    double total = 0;
    for (int i = 0; i < n; i++)
        total += halves[i];
    for (int b = 0; b < blocks; b++)
        printf("%d\n", sums[b]);
    printf("%.1f\n", total);
    free(squares);
    free(sums);
    free(halves);
    return 0;
}
