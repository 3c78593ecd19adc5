// SPDX-License-Identifier: Apache-2.0
// correct: collapsed loops on 2-D and 3-D VLAs, of which sections are mapped
#include <stdio.h>

static double run(int a, int b, int c) {
    int cube[a][b][c], plane[b][c];
    long sum = 0;
    for (int i = 0; i < a; i++)
        for (int j = 0; j < b; j++)
            for (int k = 0; k < c; k++)
                cube[i][j][k] = i + 10 * j + 100 * k;
#pragma omp target teams distribute parallel for collapse(3) map(tofrom : cube[1 : a - 2])
    for (int i = 1; i < a - 1; i++)
        for (int j = 0; j < b; j++)
            for (int k = 0; k < c; k++)
                cube[i][j][k] *= -1;
#pragma omp target teams distribute parallel for collapse(2) map(to : cube) map(from : plane)
    for (int j = 0; j < b; j++)
        for (int k = 0; k < c; k++) {
            plane[j][k] = 0;
            for (int i = 0; i < a; i++)
                plane[j][k] += cube[i][j][k];
        }
    for (int j = 0; j < b; j++)
        for (int k = 0; k < c; k++)
            sum += plane[j][k] * (j - k);
    return (double)sum;
}

int main(void) {
    printf("%.0f %.0f\n", run(5, 4, 7), run(3, 9, 2));
    return 0;
}
