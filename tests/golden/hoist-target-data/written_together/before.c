void frame(int n, int m, double grid[restrict n][m], double half[restrict n])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    for (int j = 0; j < m; j++)
        grid[0][j] = 1.0;
    for (int i = 0; i < n; i++)
        half[i] = grid[i][0] + grid[i][m - 1];
}

void not_all(int n, int m, double grid[restrict n][m], double sums[restrict n])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    for (int j = 1; j < m; j++)
        grid[0][j] = 1.0;
    for (int i = 0; i < n; i++)
        sums[i] = grid[i][m - 1];
}

void read_before(int n, int m, double grid[restrict n][m], double half[restrict n])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = 0.5 * i + j;
    for (int i = 0; i < n; i++)
        half[i] = grid[i][0] + grid[i][m - 1];
    for (int j = 0; j < m; j++)
        grid[0][j] = 1.0;
}
