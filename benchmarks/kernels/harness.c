/* Runs kernels on the same inputs each time, and says what they left in their outputs and how long a call took.

       kernels [-n CALLS] [-t SECONDS] [NAME ...]

   A line a kernel: its name, a checksum of the output's bits, the sum of the output's absolute values (which is what
   can be compared where floats were reassociated), and nanoseconds of CPU time a call. CALLS calls are made (1 of them
   if it is not given), or as many as take SECONDS. */
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct kernel complex_kernels[], conjugate_kernels[], crypto_kernels[], geometry_kernels[],
    lookup_kernels[], matrix_kernels[], pixel_kernels[], polynomial_kernels[], reduction_kernels[], signal_kernels[],
    solver_kernels[], stencil_kernels[], strided_kernels[], struct_kernels[];

static const struct kernel *const tables[] = {
    complex_kernels, conjugate_kernels,  crypto_kernels,    geometry_kernels, lookup_kernels,
    matrix_kernels,  pixel_kernels,      polynomial_kernels, reduction_kernels, signal_kernels,
    solver_kernels,  stencil_kernels,    strided_kernels,   struct_kernels,
};

/* xorshift64* (Vigna 2016). */
static uint64_t next_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static double next_unit(uint64_t *state)
{
    return (double)(next_bits(state) >> 11) * 0x1p-53;
}

static void fill_matrix(double *at, int rows, uint64_t *state)
{
    for (int i = 0; i < BUFFER_BYTES / (int)sizeof *at; i++)
        at[i] = 0.2 * next_unit(state) - 0.1;
    for (int i = 0; i < rows; i++)
        at[i * rows + i] += 2.0;
}

static void fill(void *buffer, char kind, uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
    double low = kind == 'p' || kind == 'q' ? 0.5 : -1.0, width = low > 0 ? 1.0 : 2.0;
    if (kind >= '3' && kind <= '5') {
        fill_matrix(buffer, kind - '0', &state);
        return;
    }
    for (int i = 0; i < BUFFER_BYTES; i++)
        if ((kind == 'd' || kind == 'p') && i < BUFFER_BYTES / 8)
            ((double *)buffer)[i] = low + width * next_unit(&state);
        else if ((kind == 'f' || kind == 'q') && i < BUFFER_BYTES / 4)
            ((float *)buffer)[i] = (float)(low + width * next_unit(&state));
        else if (kind == 'i' && i < BUFFER_BYTES / 4)
            ((int32_t *)buffer)[i] = (int32_t)(2000 * next_unit(&state)) - 1000;
        else if (kind == 's' && i < BUFFER_BYTES / 2)
            ((int16_t *)buffer)[i] = (int16_t)((int)(2000 * next_unit(&state)) - 1000);
        else if (kind == 'n')
            ((uint8_t *)buffer)[i] = (uint8_t)(next_bits(&state) >> 59);
        else if (kind == 'b' || kind == 'w')
            ((uint8_t *)buffer)[i] = (uint8_t)(next_bits(&state) >> 56);
}

static uint64_t checksum(const uint8_t *bytes)
{
    uint64_t sum = 0xcbf29ce484222325ULL; /* FNV-1a */
    for (int i = 0; i < BUFFER_BYTES; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3ULL;
    return sum;
}

static double size_of_output(const void *out, char kind)
{
    double sum = 0;
    if (strchr("fq", kind))
        for (int i = 0; i < BUFFER_BYTES / 4; i++)
            sum += fabs((double)((const float *)out)[i]);
    else if (strchr("dp345", kind))
        for (int i = 0; i < BUFFER_BYTES / 8; i++)
            sum += fabs(((const double *)out)[i]);
    else
        for (int i = 0; i < BUFFER_BYTES; i++)
            sum += ((const uint8_t *)out)[i];
    return sum;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds that so many calls take. */
static double timed(const struct kernel *k, const struct buffers *b, long calls)
{
    double start = cpu_seconds();
    k->run(b, calls);
    return cpu_seconds() - start;
}

static void run(const struct kernel *k, const struct buffers *b, long calls, double seconds)
{
    fill(b->out, k->fill[0], 1);
    for (int i = 0; i < INPUTS && k->fill[1 + i]; i++)
        fill(b->in[i], k->fill[1 + i], 2 + (uint64_t)i);
    double taken = timed(k, b, calls);
    uint64_t sum = checksum(b->out);
    double size = size_of_output(b->out, k->fill[0]);
    while (taken < seconds) {
        calls *= 2;
        taken = timed(k, b, calls);
    }
    printf("%s %016llx %.9e %.3f\n", k->name, (unsigned long long)sum, size, 1e9 * taken / (double)calls);
}

static int asked_for(const char *name, char *const *names)
{
    if (!*names)
        return 1;
    for (; *names; names++)
        if (!strcmp(name, *names))
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    long calls = 1;
    double seconds = 0;
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2)
        if (!strcmp(argv[at], "-n"))
            calls = atol(argv[at + 1]);
        else if (!strcmp(argv[at], "-t"))
            seconds = atof(argv[at + 1]);
        else
            return fprintf(stderr, "unknown option %s\n", argv[at]), 2;
    static _Alignas(64) uint8_t memory[1 + INPUTS][BUFFER_BYTES + 64];
    struct buffers b = {memory[0], {memory[1], memory[2], memory[3], memory[4]}};
    for (unsigned t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct kernel *k = tables[t]; k->name; k++)
            if (asked_for(k->name, argv + at))
                run(k, &b, calls > 0 ? calls : 1, seconds);
    return 0;
}
