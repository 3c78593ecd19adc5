/* t, u and in may be one array: the guards of the halves could not bring the order back */
void filter(int n, double *t, double *u, const double *in)
{
    for (int i = 1; i < n; i++) {
        t[i] = in[i] * 0.5 + 1.0;
        u[i] = u[i - 1] * 0.5 + in[i];
    }
}
