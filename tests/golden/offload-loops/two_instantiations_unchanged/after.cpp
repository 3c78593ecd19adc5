// what holds for one need not hold for the other
template <typename T>
void fill(int n, T *a)
{
    for (int i = 0; i < n; i++)
        a[i] = T(i);
}

// the definitions of its parameters have no room
template <typename T>
void copy(int n, const T *__restrict a, T *__restrict b)
{
    for (int i = 0; i < n; i++)
        b[i] = a[i];
}

// used once here, but what the template below uses it with is not known
template <typename T>
void scale(int n, T *a)
{
    for (int i = 0; i < n; i++)
        a[i] *= 2;
}

template <typename T>
void scale_both(int n, T *a, T *b)
{
    scale(n, a);
    scale(n, b);
}

// the same, where the other template is in a namespace
template <typename T>
void shift(int n, T *a)
{
    for (int i = 0; i < n; i++)
        a[i] += 1;
}

namespace pairs {
template <typename T>
void shift_both(int n, T *a, T *b)
{
    shift(n, a);
    shift(n, b);
}
}

void use(int n, int *a, double *b, unsigned long long *c, unsigned long long *d)
{
    fill(n, a);
    fill(n, b);
    copy(n, c, d);
    scale(n, b);
    shift(n, b);
    pairs::shift_both(n, a, a);
    scale_both(n, a, a);
    scale_both(n, c, d);
}
