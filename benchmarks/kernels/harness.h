/* How a kernel is described: a function, the call that runs it, and what its buffers hold at first. */
#ifndef KERNELS_HARNESS_H
#define KERNELS_HARNESS_H

#include <stdint.h>

enum { INPUTS = 4, BUFFER_BYTES = 1024 };

struct buffers {
    void *out;        /* all of it goes into the checksum */
    void *in[INPUTS];
};

struct kernel {
    const char *name;
    /* What the buffers hold at first, a letter each, the output's first: d doubles and f floats in [-1, 1); p and q the
       same in [0.5, 1.5); i integers of 32 bits in [-1000, 1000); s of 16 bits, likewise; n bytes below 32; b bytes;
       w random bits; 3, 4, 5 a diagonally dominant matrix of doubles of so many rows. */
    const char *fill;
    void (*run)(const struct buffers *b, long calls);
};

/* A kernel keeps a call of its own, so that its driver times all of it. */
#define KERNEL __attribute__((noinline))

#define OUT(type) ((type *)b->out)
#define IN(type, number) ((const type *)b->in[number])

/* The driver of a kernel. Memory counts as changed after each call, so that no call can be left out. */
#define RUN(name, call)                                                                                                \
    static void run_##name(const struct buffers *b, long calls)                                                       \
    {                                                                                                                  \
        for (long i = 0; i < calls; i++) {                                                                             \
            call;                                                                                                      \
            __asm__ volatile("" ::: "memory");                                                                         \
        }                                                                                                              \
    }

#define ENTRY(name, fill) {#name, fill, run_##name}

#endif
