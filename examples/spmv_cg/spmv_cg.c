/* Conjugate gradients on a sparse matrix in CSR form: the five-point Laplacian of a square grid.
 *
 * usage: spmv_cg [side [iterations]]      the matrix has side*side rows
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Append one entry to the row that is being assembled; returns the number of entries so far. */
static int append(int *column, double *value, int entries, int col, double entry)
{
    column[entries] = col;
    value[entries] = entry;
    return entries + 1;
}

/* Fill `start`, `column` and `value`; returns the number of entries. */
static int assemble(int side, int *start, int *column, double *value)
{
    int entries = 0;
    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++) {
            int row = i * side + j;
            start[row] = entries;
            if (i > 0)
                entries = append(column, value, entries, row - side, -1.0);
            if (j > 0)
                entries = append(column, value, entries, row - 1, -1.0);
            entries = append(column, value, entries, row, 4.0);
            if (j < side - 1)
                entries = append(column, value, entries, row + 1, -1.0);
            if (i < side - 1)
                entries = append(column, value, entries, row + side, -1.0);
        }
    }
    start[side * side] = entries;
    return entries;
}

/* Solve A x = b from x = 0 in at most `limit` iterations; returns how many it took.
 * r, p and ap are work space: the residual, the direction, and A times the direction.
 */
static int solve(int rows, int entries, const int start[restrict rows + 1],
                 const int column[restrict entries], const double value[restrict entries],
                 const double b[restrict rows], double x[restrict rows], double r[restrict rows],
                 double p[restrict rows], double ap[restrict rows], int limit)
{
    double rr = 0.0;
    for (int i = 0; i < rows; i++) {
        x[i] = 0.0;
        r[i] = b[i];
        p[i] = b[i];
        rr += b[i] * b[i];
    }
    double goal = 1.0e-20 * rr;
    int taken = 0;
    while (taken < limit && rr > goal) {
        double p_ap = 0.0;
        for (int row = 0; row < rows; row++) {
            double sum = 0.0;
            for (int k = start[row]; k < start[row + 1]; k++)
                sum += value[k] * p[column[k]];
            ap[row] = sum;
            p_ap += p[row] * sum;
        }
        double alpha = rr / p_ap;
        double rr_next = 0.0;
        for (int i = 0; i < rows; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * ap[i];
            rr_next += r[i] * r[i];
        }
        double beta = rr_next / rr;
        for (int i = 0; i < rows; i++)
            p[i] = r[i] + beta * p[i];
        rr = rr_next;
        taken++;
    }
    return taken;
}

/* The largest entry of b - A x, from the definition, so that it cannot flatter the solver. */
static double largest_residual(int rows, int entries, const int start[restrict rows + 1],
                               const int column[restrict entries],
                               const double value[restrict entries],
                               const double b[restrict rows], const double x[restrict rows])
{
    double largest = 0.0;
    for (int row = 0; row < rows; row++) {
        double left = b[row];
        for (int k = start[row]; k < start[row + 1]; k++)
            left -= value[k] * x[column[k]];
        largest = fmax(largest, fabs(left));
    }
    return largest;
}

int main(int argc, char **argv)
{
    int side = argc > 1 ? atoi(argv[1]) : 64;
    int limit = argc > 2 ? atoi(argv[2]) : 1000;
    if (side < 1 || side > 20000 || limit < 1) {
        fprintf(stderr, "usage: spmv_cg [side [iterations]]   (1 <= side <= 20000)\n");
        return 1;
    }

    int rows = side * side;
    int *start = malloc(((size_t)rows + 1) * sizeof *start);
    int *column = malloc((size_t)5 * rows * sizeof *column);
    double *value = malloc((size_t)5 * rows * sizeof *value);
    double *b = malloc((size_t)rows * sizeof *b);
    double *x = malloc((size_t)rows * sizeof *x);
    double *r = malloc((size_t)rows * sizeof *r);
    double *p = malloc((size_t)rows * sizeof *p);
    double *ap = malloc((size_t)rows * sizeof *ap);
    if (!start || !column || !value || !b || !x || !r || !p || !ap) {
        fprintf(stderr, "spmv_cg: not enough memory for %d rows\n", rows);
        return 1;
    }

    int entries = assemble(side, start, column, value);
    for (int i = 0; i < rows; i++)
        b[i] = 1.0;
    int taken = solve(rows, entries, start, column, value, b, x, r, p, ap, limit);
    double residual = largest_residual(rows, entries, start, column, value, b, x);

    double sum = 0.0;
    for (int i = 0; i < rows; i++)
        sum += x[i];
    printf("rows = %d, entries = %d\n", rows, entries);
    printf("converged %s\n", residual < 1.0e-6 ? "yes" : "no");
    printf("sum of the solution %.6f\n", sum);

    /* Not part of the result: sums in another order may need an iteration more or less. */
    fprintf(stderr, "iterations %d\n", taken);

    free(start), free(column), free(value);
    free(b), free(x), free(r), free(p), free(ap);
    return 0;
}
