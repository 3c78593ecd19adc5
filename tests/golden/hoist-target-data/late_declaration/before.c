#include <stdlib.h>

double *late(int n)
{
    double *a = malloc(n * sizeof *a);
    for (int i = 0; i < n; i++)
        a[i] = i;
    double *b = malloc(n * sizeof *b);
    for (int i = 0; i < n; i++)
        b[i] = 2.0 * a[i];
    free(a);
    return b;
}
