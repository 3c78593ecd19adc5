#include <math.h>

double norms(int n, const double *restrict v, double *restrict largest)
{
    double sum = 0.0, most = 0.0;
    for (int i = 0; i < n; i++) {
        sum += v[i] * v[i];
        most = fmax(most, fabs(v[i]));
    }
    *largest = most;
    return sum;
}
