#include <stdio.h>

void show(int n, const double *a)
{
    for (int i = 0; i < n; i++)
        printf("%f\n", a[i]);
}
