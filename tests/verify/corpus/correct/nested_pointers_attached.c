// SPDX-License-Identifier: Apache-2.0
// correct: an array of structs whose members are mapped and attached one by one
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 5 };

struct row {
    int length;
    double *cell;
};

int main(void) {
    struct row *rows = malloc(ROWS * sizeof *rows);
    double total = 0, sum = 0;
    for (int r = 0; r < ROWS; r++) {
        rows[r].length = 3 + r;
        rows[r].cell = malloc(rows[r].length * sizeof(double));
        for (int c = 0; c < rows[r].length; c++)
            rows[r].cell[c] = r + 0.25 * c;
    }
#pragma omp target enter data map(to : rows[0 : ROWS])
    for (int r = 0; r < ROWS; r++) {
#pragma omp target enter data map(to : rows[r].cell[0 : rows[r].length])
    }
#pragma omp target teams distribute parallel for reduction(+ : total) map(tofrom : total)
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < rows[r].length; c++) {
            rows[r].cell[c] += 1;
            total += rows[r].cell[c];
        }
    for (int r = 0; r < ROWS; r++) {
#pragma omp target exit data map(from : rows[r].cell[0 : rows[r].length])
        for (int c = 0; c < rows[r].length; c++)
            sum += rows[r].cell[c];
        free(rows[r].cell);
    }
#pragma omp target exit data map(release : rows[0 : ROWS])
    printf("total %.2f sum %.2f\n", total, sum);
    free(rows);
    return 0;
}
