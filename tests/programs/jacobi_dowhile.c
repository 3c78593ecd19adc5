// SPDX-License-Identifier: Apache-2.0
/*
 * jacobi_dowhile: Jacobi iteration for a dense diagonally dominant system, static global arrays.
 *
 * Exercises: do-while around kernels (kept as it is), a max reduction through an if statement that
 * decides the loop's condition on the host, an inner sum that stays sequential in its iteration,
 * scalars assigned before they are read in every iteration, arrays with declared shapes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 397

static double A[N][N];
static double b[N], x[N], xnew[N];

static void setup(void)
{
    for (int i = 0; i < N; i++) {               /* L:setup_i */
        for (int j = 0; j < N; j++)             /* L:setup_j */
            A[i][j] = i == j ? 2.0 * N : 1.0 / (1 + abs(i - j));
        b[i] = 1.0 + i % 7;
        x[i] = 0.0;
    }
}

int main(int argc, char **argv)
{
    int maxit = argc > 1 ? atoi(argv[1]) : 40;
    double tol = argc > 2 ? atof(argv[2]) : 1e-11;
    double err, sigma, d;
    int it = 0;

    setup();
    do {                                        /* L:iterate */
        err = 0.0;
        for (int i = 0; i < N; i++) {           /* L:row */
            sigma = 0.0;
            for (int j = 0; j < N; j++)         /* L:dot */
                if (j != i)
                    sigma += A[i][j] * x[j];
            xnew[i] = (b[i] - sigma) / A[i][i];
        }
        for (int i = 0; i < N; i++) {           /* L:update */
            d = fabs(xnew[i] - x[i]);
            if (d > err)
                err = d;
            x[i] = xnew[i];
        }
        it++;
        if (it <= 3)
            printf("it %d err %.12f\n", it, err);
    } while (err > tol && it < maxit);

    double residual = 0.0;
    for (int i = 0; i < N; i++) {               /* L:residual */
        double r = b[i];
        for (int j = 0; j < N; j++)             /* L:residual_dot */
            r -= A[i][j] * x[j];
        residual += r * r;
    }
    printf("iterations %d residual small %d\n", it, residual < 1e-12);
    double sum = 0.0;
    for (int i = 0; i < N; i++)                 /* L:sum */
        sum += x[i] * (i % 9 + 1);
    printf("x %.9f %.9f %.9f sum %.9f\n", x[0], x[N / 2], x[N - 1], sum);
    return 0;
}
