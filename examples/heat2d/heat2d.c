/* Heat in a square plate: explicit (Jacobi) steps on an n x n grid whose border is held fixed.
 *
 * usage: heat2d [n [steps]]      prints the mean and the hottest inner temperature
 */
#include <stdio.h>
#include <stdlib.h>

/* A plate at 0 degrees whose top edge is at 100 and whose left edge rises linearly to that. */
static void set_up(double *plate, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            plate[i * n + j] = 0.0;
    for (int k = 0; k < n; k++) {
        plate[k] = 100.0;
        plate[k * n] = 100.0 * (n - 1 - k) / (n - 1);
    }
}

/* Take `steps` steps; returns the array that holds the last state, one of the two given. */
static double *diffuse(double *now, double *next, int n, int steps)
{
    const double rate = 0.2; /* diffusivity * dt / h^2; stable up to 0.25 */

    for (int t = 0; t < steps; t++) {
        for (int i = 1; i < n - 1; i++) {
            for (int j = 1; j < n - 1; j++) {
                double centre = now[i * n + j];
                double around = now[(i - 1) * n + j] + now[(i + 1) * n + j] +
                                now[i * n + j - 1] + now[i * n + j + 1];
                next[i * n + j] = centre + rate * (around - 4.0 * centre);
            }
        }
        double *swapped = now;
        now = next;
        next = swapped;
    }
    return now;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 256;
    int steps = argc > 2 ? atoi(argv[2]) : 50;
    if (n < 3 || n > 30000 || steps < 0) {
        fprintf(stderr, "usage: heat2d [n [steps]]   (3 <= n <= 30000)\n");
        return 1;
    }

    double *a = malloc((size_t)n * n * sizeof *a);
    double *b = malloc((size_t)n * n * sizeof *b);
    if (a == NULL || b == NULL) {
        fprintf(stderr, "heat2d: not enough memory for n = %d\n", n);
        return 1;
    }

    set_up(a, n);
    set_up(b, n);
    const double *plate = diffuse(a, b, n, steps);

    double sum = 0.0;
    double hottest = 0.0;
    for (int i = 1; i < n - 1; i++) {
        for (int j = 1; j < n - 1; j++) {
            double here = plate[i * n + j];
            sum += here;
            hottest = here > hottest ? here : hottest;
        }
    }
    printf("n = %d, steps = %d\n", n, steps);
    printf("mean    %.10f\n", sum / ((double)(n - 2) * (n - 2)));
    printf("hottest %.10f\n", hottest);

    free(a);
    free(b);
    return 0;
}
