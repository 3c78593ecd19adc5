void red_black(int n, int sweeps, double g[restrict n][n])
{
    #pragma omp target data map(tofrom: g[0:n])
    for (int s = 0; s < sweeps; s++)
        for (int colour = 0; colour < 2; colour++)
            #pragma omp target teams distribute parallel for
            for (int i = 1; i < n - 1; i++)
                for (int j = 1 + (i + colour) % 2; j < n - 1; j += 2)
                    g[i][j] = 0.25 * (g[i - 1][j] + g[i + 1][j] + g[i][j - 1] + g[i][j + 1]);
}

void chess_board(int n, int colour, double g[restrict n][n])
{
    #pragma omp target teams distribute parallel for collapse(2) \
        if(target: (unsigned long)(n - 2) * (n - 2) > 2000) map(tofrom: g[0:n])
    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < n - 1; j++)
            if ((i + j) % 2 == colour)
                g[i][j] = 0.5 * (g[i - 1][j] + g[i][j + 1]);
}

/* C's remainder of a negative number is negative: here both rows have the columns 3, 5, … */
void unknown_sign(int n, int shift, double g[restrict n][n])
{
    #pragma omp target data map(tofrom: g[0:n])
    for (int i = 1; i < n - 1; i++)
        #pragma omp target teams distribute parallel for
        for (int j = 3 + (i + shift) % 2; j < n - 1; j += 2)
            g[i][j] = 0.5 * (g[i - 1][j] + g[i][j + 1]);
}
