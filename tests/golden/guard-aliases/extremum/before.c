// SPDX-License-Identifier: Apache-2.0
int scaled(int n, double *x, const double *y)
{
    double best = 1e30;
    int at = -1;
    for (int i = 0; i < n; i++) {
        x[i] = 2.0 * y[i];
        if (x[i] < best) {
            best = x[i];
            at = i;
        }
    } /* a comment that
         ends on another line */
    for (int i = 0; i < n; i++) {
        if (x[i] >= best) {
            best = x[i];
            at = i;
        }
    }
    return at;
}
