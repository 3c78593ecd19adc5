// SPDX-License-Identifier: Apache-2.0
// fault: the rows are mapped, but not the cells that every row points to
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 6, CELLS = 40 };

struct row {
    int length;
    float *cells;
};

struct sheet {
    struct row *rows;
    int count;
};

int main(void) {
    struct sheet sheet = {malloc(ROWS * sizeof(struct row)), ROWS};
    float totals[ROWS];
    for (int r = 0; r < ROWS; r++) {
        sheet.rows[r] = (struct row){CELLS, malloc(CELLS * sizeof(float))};
        for (int c = 0; c < CELLS; c++)
            sheet.rows[r].cells[c] = (float)(r * c % 11);
    }
#pragma omp target teams distribute parallel for map(to : sheet, sheet.rows[0 : ROWS])             \
    map(from : totals)
    for (int r = 0; r < sheet.count; r++) {
        float total = 0;
        for (int c = 0; c < sheet.rows[r].length; c++)
            total += sheet.rows[r].cells[c]; // HERE
        totals[r] = total;
    }
    for (int r = 0; r < ROWS; r++) {
        printf("%d: %.1f\n", r, totals[r]);
        free(sheet.rows[r].cells);
    }
    free(sheet.rows);
    return 0;
}
