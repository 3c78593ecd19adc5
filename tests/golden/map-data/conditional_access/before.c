void steps(int n, int m, double a[restrict n], double b[restrict m], double c[restrict n])
{
    for (int i = 0; i < n; i++)
        a[i] = 2.0 * i;
    for (int i = 0; i < n; i++) {
        a[i] += 1.0;
        if (i > 0 && i < m - 1)
            c[i] = b[i];
    }
}
