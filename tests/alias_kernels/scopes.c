/* Restrict pointers of inlined functions: alias scopes. */
#include <math.h>

static inline void step(const double *restrict m, const double *restrict v, double *restrict r) {
    for (int i = 0; i < 3; i++) r[i] -= m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2];
}

void sweep(double (*m)[9], double (*v)[3], int i, int j) {
    step(m[i], v[j], v[i]);
    step(m[j], v[i], v[j + 1]);
    step(m[i + 1], v[i + 1], v[j]);
}

static inline void both(double *restrict a, double *restrict b, double *c, int k) {
    a[k] = b[k + 1] + c[k];
    b[k] = c[k + 2] * a[k + 3];
    c[k + 4] = a[k] + b[k];
}

void nested(double *p, double *q, double *r, int i, int j) {
    both(p, q, r, i);
    both(r, p, q, j);
    p[i] += q[j];
}

double library(double *restrict a, double *b, int *n, int i) {
    a[i] = pow(b[i], a[i + 1]);
    b[i + 1] = fabs(a[i + 2]) + sqrt(b[i + 2]);
    n[i] = (int)lrint(exp(b[i + 3]));
    a[i + 4] = sin(b[i + 4]) + n[i + 1];
    return frexp(a[i + 5], n + i + 2) + b[i + 5];
}
