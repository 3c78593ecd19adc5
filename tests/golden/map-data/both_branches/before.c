#include <math.h>
void phi(int n, double *p, double r0) {
    for (int i = 0; i < n; i++) {
        double r = sqrt((double)i);
        if (r < r0) p[i] = 1.0; else p[i] = -1.0;
    }
}
void chain(int n, double *restrict p, const double *restrict q, double r0) {
    double t;
    for (int i = 0; i < n; i++) {
        if (q[i] < r0) t = q[i] * 2; else if (q[i] < 2 * r0) { t = q[i] * 3; } else t = 0;
        p[i] = t;
    }
}
void notall(int n, double *restrict p, const double *restrict q, double r0) {
    for (int i = 0; i < n; i++) {
        if (q[i] < r0) p[i] = 1; else if (q[i] < 2 * r0) { p[i] = 2; }
    }
}
void other(int n, double *restrict p, const double *restrict q, double r0) {
    for (int i = 0; i < n - 1; i++) {
        if (q[i] < r0) p[i] = 1; else p[i + 1] = 2;
    }
}
