void frame(int n, int m, double grid[restrict n][m], double half[restrict n])
{
    #pragma omp target data map(from: grid[0:n])
    {
    #pragma omp target teams distribute parallel for collapse(2)
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    #pragma omp target teams distribute parallel for
    for (int j = 0; j < m; j++)
        grid[0][j] = 1.0;
    #pragma omp target teams distribute parallel for map(from: half[0:n])
    for (int i = 0; i < n; i++)
        half[i] = grid[i][0] + grid[i][m - 1];
    }
}

void not_all(int n, int m, double grid[restrict n][m], double sums[restrict n])
{
    #pragma omp target data map(tofrom: grid[0:n])
    {
    #pragma omp target teams distribute parallel for collapse(2)
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    #pragma omp target teams distribute parallel for
    for (int j = 1; j < m; j++)
        grid[0][j] = 1.0;
    #pragma omp target teams distribute parallel for map(from: sums[0:n])
    for (int i = 0; i < n; i++)
        sums[i] = grid[i][m - 1];
    }
}

void read_before(int n, int m, double grid[restrict n][m], double half[restrict n])
{
    #pragma omp target data map(tofrom: grid[0:n])
    {
    #pragma omp target teams distribute parallel for collapse(2)
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    #pragma omp target teams distribute parallel for map(from: half[0:n])
    for (int i = 0; i < n; i++)
        half[i] = grid[i][0] + grid[i][m - 1];
    #pragma omp target teams distribute parallel for
    for (int j = 0; j < m; j++)
        grid[0][j] = 1.0;
    }
}
