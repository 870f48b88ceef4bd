/* What every benchmark prints: verified quantities, a checksum of the results' bits, the summary. */
#ifndef NAS_REPORT_H
#define NAS_REPORT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nas_timer.h"

/* True unless x is infinite or NaN. Looks at the bits, because -ffast-math lets the compiler
   take isfinite for true and drop the difference between e <= eps and !(e > eps). */
static inline bool nas_is_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits >> 52 & 0x7ff) != 0x7ff;
}

static inline bool nas_error_passes(double error, double tolerance)
{
    return nas_is_finite(error) && error <= tolerance;
}

/* |x - reference| / |reference| for a reference that is not zero. */
static inline double nas_relative_error(double x, double reference)
{
    return fabs(x - reference) / fabs(reference);
}

/* Print one verified quantity; return whether it passes. */
static inline bool nas_check(const char *name, int index, double x, double reference,
                             double tolerance)
{
    const double error = nas_relative_error(x, reference);
    const bool passes = nas_error_passes(error, tolerance);
    printf(" %s %-4s %2d  computed %22.15e  reference %22.15e  error %20.13e\n",
           passes ? "pass" : "FAIL", name, index, x, reference, error);
    return passes;
}

/* FNV-1a with 64 bits, to be continued over several pieces of memory. */
#define NAS_FNV_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t nas_fnv(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

typedef struct {
    const char *benchmark;
    long long size[3];    /* points in each direction; zeros at the end are not printed */
    int iterations;
    double operations;    /* of the whole timed region */
    const char *op_type;
    nas_times seconds;    /* of the timed region */
    uint64_t checksum;    /* of the bits of the final arrays */
    bool verified;
} nas_result;

static inline void nas_print_size(const long long size[3])
{
    printf(" Size             = %lld", size[0]);
    for (int d = 1; d < 3 && size[d] > 0; d++)
        printf(" x %lld", size[d]);
    printf("\n");
}

/* Print the summary and return the program's exit status. */
static inline int nas_finish(const nas_result *result)
{
    const double wall = result->seconds.wall;
    printf(" Benchmark        = %s\n", result->benchmark);
    printf(" Class            = %s\n", NAS_CLASS);
    nas_print_size(result->size);
    printf(" Iterations       = %d\n", result->iterations);
    printf(" Pointers         = %s\n", NAS_PTR_NAME);
    printf(" Time in seconds  = %.6f\n", wall);
    printf(" User CPU seconds = %.6f\n", result->seconds.user);
    printf(" CPU seconds      = %.6f\n", result->seconds.cpu);
    printf(" Mop/s            = %.2f\n", wall > 0.0 ? 1e-6 * result->operations / wall : 0.0);
    printf(" Operation type   = %s\n", result->op_type);
    printf(" Checksum = %016llx\n", (unsigned long long)result->checksum);
    printf(" VERIFICATION %s\n", result->verified ? "SUCCESSFUL" : "FAILED");
    return result->verified ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
