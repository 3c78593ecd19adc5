#include <stdio.h>

double shape(int n, double a[restrict n])
{
    double sum = 0.0;
    int k = 1;
    for (int i = 0; i < n; i++)
        a[i] = 0.5 * i;
    a[0] = 1.0;
    a[0] += 0.25;
    printf("%g\n", a[0]);
    a[n - 1] = a[0];
    a[k] = 2.0;
    k++;
    for (int i = 0; i < n; i++)
        sum += a[i];
    if (a[0] > sum)
        a[0] = sum;
    for (int i = 0; i < n; i++)
        a[i] *= sum;
    return sum;
}
