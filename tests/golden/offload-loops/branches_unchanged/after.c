void kept(int n, const double *restrict a, double *restrict b, double lim)
{
    double t = 1.0;
    for (int i = 0; i < n; i++) {
        if (a[i] > lim)
            t = a[i];
        b[i] = t;
    }
}

void by_case(int n, const int *restrict kind, double *restrict b)
{
    double t = 0.0;
    for (int i = 0; i < n; i++) {
        switch (kind[i]) {
        case 0:
            t = i;
            b[i] = 0.0;
            break;
        default:
            b[i] = t;
        }
    }
}

void used_first(int n, const double *restrict a, double *restrict b, double lim)
{
    double t = 1.0;
    for (int i = 0; i < n; i++) {
        if (a[i] > lim) {
            b[i] = t;
            t = a[i];
        } else {
            t = 2.0;
            b[i] = t;
        }
    }
}
