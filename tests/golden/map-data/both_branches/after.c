#include <math.h>
void phi(int n, double *p, double r0) {
    #pragma omp target teams distribute parallel for if(target: n > 2000) map(from: p[0:n])
    for (int i = 0; i < n; i++) {
        double r = sqrt((double)i);
        if (r < r0) p[i] = 1.0; else p[i] = -1.0;
    }
}
void chain(int n, double *restrict p, const double *restrict q, double r0) {
    double t;
    #pragma omp target teams distribute parallel for private(t) if(target: n > 2000) \
        map(to: q[0:n]) map(from: p[0:n])
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
