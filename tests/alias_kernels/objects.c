/* Accesses kept apart by the objects that their pointers point into. */
#include <stdlib.h>
#include <string.h>

extern double outside[64];
static double inside[64];
static const double table[4] = {1.0, 2.0, 3.0, 4.0};
double visible[64];
double *volatile hidden;
void use(double *p);
double *get(void);

void globals(double *p, int i, int j) {
    outside[i] = p[0];
    inside[j] = outside[i + 1];
    visible[i] = inside[j + 2] + table[i & 3];
    p[1] = visible[j] + inside[i];
    p[2] = table[j & 3];
}

double locals(const double *p, int i, int j) {
    double a[16], b[16];
    for (int k = 0; k < 16; k++) {
        a[(k * i) & 15] = p[k];
        b[(k * j) & 15] = p[k + 16];
    }
    a[i & 15] = b[j & 15];
    b[i & 15] = a[j & 15] + get()[3];
    return a[(i + j) & 15] + b[(i - j) & 15];
}

double escaping(double *p, int i) {
    double a[16], b[16];
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    b[i & 15] = p[1];
    use(a);
    a[i & 15] = get()[0];
    p[2] = a[(i + 1) & 15];
    b[(i + 3) & 15] = get()[1];
    double *q = get();
    q[3] = b[(i * 5) & 15];
    return a[3] + b[(i + 2) & 15];
}

double *fresh(const double *p, int n) {
    double *a = malloc(sizeof(double) * n), *b = malloc(sizeof(double) * n);
    for (int k = 0; k < n; k++) {
        a[k] = p[k];
        b[n - k] = a[k] * p[k + 1];
    }
    hidden = b;
    b[0] = a[1];
    get()[0] = a[2] + b[1];
    free(a);
    return b;
}

void copies(double *restrict a, double *b, int i) {
    memcpy(a + 4, b, 32);
    a[i] = b[i];
    memmove(b + 8, b + 2, 16);
    b[3] = a[3];
    b[9] = a[i + 1];
}
