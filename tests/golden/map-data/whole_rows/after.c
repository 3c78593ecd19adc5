#define ROWS 400
#define COLUMNS 300

static double table[ROWS][COLUMNS];

void all_of_a_table(void)
{
    #pragma omp target teams distribute parallel for collapse(2) map(from: table[0:ROWS])
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            table[i][j] = i + 0.5 * j;
}

void but_a_column(void)
{
    #pragma omp target teams distribute parallel for collapse(2) map(tofrom: table[0:ROWS])
    for (int i = 0; i < ROWS; i++)
        for (int j = 1; j < COLUMNS; j++)
            table[i][j] = i - 0.5 * j;
}

void all_of_a_parameter(int n, int m, double a[n][m])
{
    #pragma omp target teams distribute parallel for collapse(2) \
        if(target: (unsigned long)n * m > 10000) map(from: a[0:n])
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = i * 0.25 + j;
}

void changed_size(int n, int m, double a[n][m])
{
    m = m - 1;
    #pragma omp target teams distribute parallel for collapse(2) \
        if(target: (unsigned long)n * m > 10000) map(tofrom: a[0:n])
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = i * 0.25 + j;
}
