// SPDX-License-Identifier: Apache-2.0
// correct: a struct on the heap is mapped with its members and read by the host in between
#include <stdio.h>
#include <stdlib.h>

struct matrix {
    int rows, cols;
    float *a;
};

static struct matrix *make(int rows, int cols) {
    struct matrix *m = malloc(sizeof *m);
    *m = (struct matrix){rows, cols, malloc(rows * cols * sizeof(float))};
    for (int i = 0; i < rows * cols; i++)
        m->a[i] = (float)(i % 7);
#pragma omp target enter data map(to : m[0 : 1], m->a[0 : rows * cols])
    return m;
}

static void drop(struct matrix *m) {
#pragma omp target exit data map(release : m->a[0 : m->rows * m->cols], m[0 : 1])
    free(m->a);
    free(m);
}

int main(void) {
    struct matrix *m = make(9, 14);
    float sum = 0;
    for (int round = 0; round < 2; round++)
#pragma omp target teams distribute parallel for collapse(2) map(to : m[0 : 1])
        for (int r = 0; r < m->rows; r++)
            for (int c = 0; c < m->cols; c++)
                m->a[r * m->cols + c] += (float)(r - c);
    int size = m->rows * m->cols;
    float *a = m->a;
#pragma omp target update from(a[0 : size])
    for (int i = 0; i < size; i++)
        sum += m->a[i] * (float)(i % 3);
    printf("%dx%d sum %.1f\n", m->rows, m->cols, sum);
    drop(m);
    return 0;
}
