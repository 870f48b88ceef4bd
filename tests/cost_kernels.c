/* What LLVM's cost model looks at beyond the instruction itself, as compilers write it. */
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned u32; typedef unsigned long u64;
double sin(double); double pow(double, double); double fabs(double); double sqrt(double);
void *memcpy(void *, const void *, u64); int printf(const char *, ...);
double table[100][50]; static double hidden[64]; extern int far[]; __thread int own[8];
struct S { double x, y, z; int t; char c[5]; short w; };
struct T { struct S s[7]; long q; struct S *n; };
int globals(int i, int j) {
  table[i][j] += hidden[i] + far[j]; own[j]++; hidden[j + 3] *= 2; far[3] = own[2]; return far[i + 4];
}
double members(struct T *t, int i, long j, u8 k) {
  t->s[i].x += t->s[j].y; t->s[k].c[j] = i; t->q += t->s[(u32)i].t; t->n[j].w = k; return t->n->z;
}
void average(u8 *restrict d, const u8 *a, const u8 *b, int n) { for (int i = 0; i < n; i++) d[i] = (a[i] + b[i] + 1) >> 1; }
int dot(const short *a, const short *b, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i] * b[i]; return s; }
u32 dot8(const u8 *a, const u8 *b, int n) { u32 s = 0; for (int i = 0; i < n; i++) s += a[i] * b[i]; return s; }
void widen(u64 *restrict d, const u32 *a, const u64 *b, int n) { for (int i = 0; i < n; i++) d[i] = (u64)a[i] * (b[i] >> 32); }
void subtract(int *restrict d, const signed char *a, int n) { for (int i = 0; i < n; i++) d[i] -= a[i]; }
void divide(int *d) { d[0] /= 3; d[1] /= 5; d[2] /= 8; d[3] /= -4; d[4] %= 3; d[5] %= 8; d[6] /= d[7]; }
void turn(u32 *restrict d, int n) { for (int i = 0; i < n; i++) d[i] = (d[i] << 7) | (d[i] >> 25); }
void choose(double *restrict d, const double *a, const double *b, int n) {
  for (int i = 0; i < n; i++) d[i] = a[i] < b[i] ? a[i] : b[i] * 2;
}
void convert(float *restrict d, const u8 *a, const double *e, int n) { for (int i = 0; i < n; i++) d[i] = a[i] / 255.0f + (float)e[i]; }
void narrow(u16 *restrict d, const u64 *e, int n) { for (int i = 0; i < n; i++) d[i] = e[i] + d[i]; }
void negate(double *restrict d, const double *a, double k) { d[0] = -(a[0] * k); d[1] = -a[1] * k; d[2] = -a[2]; d[3] = -a[3] + k; }
void quaternion(double *restrict o, const double *p, const double *q) {
  o[0] = p[0]*q[0] - p[1]*q[1] - p[2]*q[2] - p[3]*q[3]; o[1] = p[0]*q[1] + p[1]*q[0] + p[2]*q[3] - p[3]*q[2];
  o[2] = p[0]*q[2] - p[1]*q[3] + p[2]*q[0] + p[3]*q[1]; o[3] = p[0]*q[3] + p[1]*q[2] - p[2]*q[1] + p[3]*q[0];
}
void matrix(double *restrict c, const double *a, const double *b) {
  for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) {
    double s = 0; for (int k = 0; k < 4; k++) s += a[4*i+k] * b[4*k+j]; c[4*i+j] = s; }
}
int branches(int x, int *p) { switch (x) { case 0: *p = 1; break; case 1: *p += 2; break; case 7: return printf("%d", x); } return *p; }
double calls(double (*f)(int, double), double x, char *s) {
  char b[77]; memcpy(b, s, 77); memcpy(s + 3, b, 40); return f(1, sin(x)) + pow(x, 2.5) + fabs(sqrt(x)); }
int atoms(int *p) { int e = 3; __atomic_fetch_add(p, 1, 5); __atomic_compare_exchange_n(p, &e, 4, 0, 5, 5); return *(volatile int *)p; }
int overflow(int a, int b) { int r; return __builtin_mul_overflow(a, b, &r) ? -1 : r + __builtin_popcount(a) + __builtin_clz(b); }
