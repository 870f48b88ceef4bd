/* Accesses kept apart by what their indices can be. */
#define N 24
static double grid[N][N][N][5];
static double lhs[N][3][5][5];
typedef struct { double re, im; } complex_t;

void blocks(int i, int j, int k) {
    for (int m = 0; m < 5; m++) {
        grid[i][j][k][0] -= lhs[j][0][m][0] * grid[i][j - 1][k][m];
        grid[i][j][k][1] -= lhs[j][1][m][1] * grid[i - 1][j][k][m];
        grid[j][i][k][3] = grid[k][j][i][4];
    }
}

void windows(int first, int last) {
    for (int i = first; i < last; i++)
        for (int j = 1; j < N - 1; j++)
            for (int k = 2; k < N - 2; k += 2) {
                grid[i][j][k][2] = grid[i][j][k + 1][2] + grid[i][j][k - 1][2];
                grid[i][j][0][1] = grid[i][j][k][1];
                grid[i][0][k][4] = grid[i][j][k][4] * 2.0;
                lhs[j + 1][2][3][4] = lhs[0][2][3][4] + lhs[j][1][2][k & 3];
            }
}

void interleaved(complex_t *x, complex_t *y, int n, int m) {
    for (int k = 0; k < n; k++) {
        x[k].re = y[m - k].im;
        x[m + k].im = y[k].re + x[k * 2].re;
        y[k + 3].re = x[n - k].im;
    }
}

void narrow(float *a, unsigned i, int j, short s, unsigned char c) {
    a[i] = a[i + 1];
    a[j] = a[j + 1] + a[j + 3];
    a[s] = a[s + 2];
    a[c] = a[c + 300] + a[c | 256];
    a[2 * j] = a[2 * j + 1];
    a[4 * i + 1] = a[4 * j + 2];
}

void powers(complex_t *a, complex_t *b, int n) {
    for (int half = 1; half < n; half *= 2)
        for (int k = 0; k < half; k++) {
            complex_t u = a[k], v = a[k + half];
            b[2 * k].re = u.re + v.re;
            b[2 * k + 1].re = u.re - v.re;
            b[2 * k].im = u.im + v.im;
            a[k + 64].im = b[k + 64].re;
        }
}

void odd(int *a, int n) {
    for (int i = 0, j = 1; i < n; i += 2, j += 2) {
        a[i] = a[j] + a[j + 2];
        a[3 * i + 1] = a[6 * j];
    }
    for (long i = 90; i > 0; i -= 3) a[i] = a[i + 1] + a[2 - i];
}
