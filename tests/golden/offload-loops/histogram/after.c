void count(int n, const int *restrict key, int bins[restrict 1000])
{
    #pragma omp target teams distribute parallel for if(target: n > 10000) map(to: key[0:n]) \
        map(tofrom: bins[0:1000])
    for (int i = 0; i < n; i++)
        #pragma omp atomic
        bins[key[i]]++;
}
