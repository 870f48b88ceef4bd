/* What this core can do at most: multiply-adds of doubles a second, one at a time and in vectors, and memory traffic.
 *
 * Sixteen chains hide the latency of a multiply-add. The compiler may not drop them, for their sum is printed.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHAINS = 16, LANES = 4, TURNS = 20000000 };
enum { TRIAD = 1 << 23, PASSES = 6 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Gflop/s of sixteen independent chains of x = x * a + b. */
#define MEASURE(type, name)                                                                                            \
    static double name(double a, double b, double *sink)                                                               \
    {                                                                                                                  \
        type x[CHAINS];                                                                                                \
        for (int k = 0; k < CHAINS; ++k)                                                                               \
            x[k] = (type){0} + (double)k;                                                                              \
        double begin = seconds();                                                                                      \
        for (int turn = 0; turn < TURNS; ++turn)                                                                       \
            for (int k = 0; k < CHAINS; ++k) {                                                                         \
                x[k] = x[k] * a + b;                                                                                   \
                __asm__ volatile("" : "+x"(x[k]));                                                                     \
            }                                                                                                          \
        double taken = seconds() - begin;                                                                              \
        for (int k = 0; k < CHAINS; ++k)                                                                               \
            *sink += ((double *)&x[k])[0];                                                                             \
        return 2e-9 * CHAINS * TURNS * (sizeof(type) / sizeof(double)) / taken;                                        \
    }

MEASURE(double, scalar_peak)
MEASURE(lanes, vector_peak)

/* GB/s of a[i] = b[i] + s * c[i], three streams. */
static double triad(double s, double *sink)
{
    double *a = malloc(3 * sizeof(double) * TRIAD), *b, *c;
    if (a == NULL)
        return 0.0;
    b = a + TRIAD;
    c = b + TRIAD;
    for (size_t i = 0; i < (size_t)3 * TRIAD; ++i)
        a[i] = 1.0;
    double begin = seconds();
    for (int pass = 0; pass < PASSES; ++pass)
        for (size_t i = 0; i < TRIAD; ++i)
            a[i] = b[i] + s * c[i];
    double taken = seconds() - begin;
    *sink += a[TRIAD / 2];
    free(a);
    return 3e-9 * sizeof(double) * TRIAD * PASSES / taken;
}

int main(int count, char **arguments)
{
    double a = count > 1 ? atof(arguments[1]) : 0.5, sink = 0.0;
    double scalar = scalar_peak(a, 1.0, &sink), vector = vector_peak(a, 1.0, &sink), memory = triad(a, &sink);
    printf("%.3f %.3f %.3f %g\n", scalar, vector, memory, sink);
    return 0;
}
