void count(int n, const int *restrict key, int bins[restrict 1000])
{
    for (int i = 0; i < n; i++)
        bins[key[i]]++;
}
