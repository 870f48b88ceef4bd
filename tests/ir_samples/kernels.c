/* C that makes clang print most of what it can: compiled by the tests at several levels and for several targets. */
#include <stdarg.h>

typedef unsigned char byte;
struct point { double x, y; int tag; };
struct bits { unsigned a : 3, b : 12; signed c : 7; };
union word { float f; unsigned u; };
typedef float vec4 __attribute__((vector_size(16)));

static double table[4][5] = {{1, 2, 3, 4, 5}, {0.1, -0.0, 1e300, 1e-310, 3}};
_Thread_local int counter;
volatile int device;
extern int outside(const char *format, ...);

void matvec_sub(const double a[5][5], const double b[5], double c[5]) {
  for (int i = 0; i < 5; i++)
    c[i] = c[i] - a[0][i] * b[0] - a[1][i] * b[1] - a[2][i] * b[2] - a[3][i] * b[3] - a[4][i] * b[4];
}

void saxpy(int n, float x, const float *restrict a, float *restrict y) {
  for (int i = 0; i < n; i++) y[i] += x * a[i];
}

int sum_absolute(const byte *a, const byte *b) {
  int total = 0;
  for (int i = 0; i < 16; i++) total += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
  return total;
}

unsigned pick(int k, unsigned x) {
  switch (k) {
    case 0: return x << 3 | x >> 29;
    case 1: return x * 2654435761u;
    case 5: return __builtin_popcount(x);
    case 1000: return x / 7 + x % 10;
    case -3: return ~x;
    default: return outside("%d %u\n", k, x);
  }
}

double variadic(int n, ...) {
  va_list list;
  va_start(list, n);
  double total = 0;
  while (n-- > 0) total += va_arg(list, double);
  va_end(list);
  return total;
}

struct point turn(struct point p, const struct point *q) {
  struct point r = {p.x * q->x - p.y * q->y, p.x * q->y + p.y * q->x, p.tag + q->tag};
  return r;
}

int fields(struct bits *b, union word w) {
  b->a = w.u;
  b->c -= 3;
  return b->a + b->b + b->c + (int)w.f + device++ + counter++;
}

vec4 vectors(vec4 a, vec4 b, int i) {
  a[i & 3] += b[0];
  return a * b + __builtin_shufflevector(a, b, 3, 6, -1, 0);
}

long double extended(long double x, _Complex double z) { return x * __real__ z + 0.1L; }

int atomics(int *p, long *q) {
  int old = __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
  long expected = 3;
  __atomic_compare_exchange_n(q, &expected, 5L, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  return old + __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

void *labels(int k) {
  static void *const targets[] = {&&one, &&two};
  goto *targets[k];
one:
  return (void *)&table;
two:
  return labels(k - 1);
}

int assembly(int x) {
  int r;
  __asm__ volatile("# %1 \"quoted\" {braces}" : "=r"(r) : "0"(x) : "memory");
  return r;
}

int stack(int n, int (*callback)(int *, double)) {
  int room[n];
  for (int i = 0; i < n; i++) room[i] = i;
  return callback(room, table[n & 3][n & 1]);
}
