/* Pointers chosen by selects and phis, swapped or walked in loops. */
static double left[128], right[128], third[128];

void swapped(int n) {
    double *from = left, *to = right;
    for (int s = 0; s < n; s++) {
        for (int k = 0; k < 100; k++) {
            to[k] = from[k] + from[k + 3];
            to[k + 1] = third[k];
            third[k + 2] = from[k + 1];
        }
        double *t = from;
        from = to;
        to = t;
    }
}

void selected(double *restrict a, double *restrict b, double *restrict c, double *d, int p, int i) {
    double *x = p > 3 ? a : b, *y = p > 3 ? b : a, *z = p ? a : d;
    x[i] = c[i];
    y[i + 1] = x[i + 2];
    c[i + 1] = z[i] + d[i];
    z[i + 4] = y[i + 3];
    d[i + 1] = x[i + 5];
}

double walked(double *a, double *b, int n) {
    double sum = 0.0;
    double *end = a + n;
    for (double *p = a; p != end; p += 3) {
        p[0] = b[0];
        p[1] = p[2] + sum;
        sum += p[4];
        b += 2;
    }
    return sum;
}

void rotated(double *restrict a, double *restrict b, double *restrict c, int n) {
    for (int k = 0; k < n; k++) {
        a[k & 31] = b[k] + c[k + 1];
        b[k + 2] = c[k];
        double *t = a;
        a = b;
        b = c;
        c = t;
    }
}
