// SPDX-License-Identifier: Apache-2.0
// fault: neighbouring elements add to the node that they share
// tier: T3
// kind: race
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int cells = 120, nodes = cells + 1, nonzero = 0;
    int(*corner)[2] = malloc(cells * sizeof *corner);
    double *mass = calloc(nodes, sizeof *mass);
    for (int c = 0; c < cells; c++) {
        corner[c][0] = c;
        corner[c][1] = c + 1;
    }
#pragma omp target teams distribute parallel for map(to : corner[0 : cells])                       \
    map(tofrom : mass[0 : nodes])
    for (int c = 0; c < cells; c++)
        for (int k = 0; k < 2; k++)
            mass[corner[c][k]] += 0.5; // HERE
    for (int i = 0; i < nodes; i++)
        nonzero += mass[i] > 0;
    printf("nodes with mass %d\n", nonzero);
    free(corner);
    free(mass);
    return 0;
}
