/* A sampler to be preloaded into a program: where it is, at every tick of its CPU time.

   Nothing in the program is changed or linked anew. At the end the program counters, less the address that the
   program was loaded at, are written as 8-byte integers to the file that SLPVEC_BENCH_SAMPLES names. */
#define _GNU_SOURCE
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>

#define CAPACITY (1 << 20)
#define MICROSECONDS 1000

static uint64_t samples[CAPACITY];
static volatile size_t count;
static uint64_t base;

static uint64_t program_counter(const ucontext_t *context)
{
#if defined __x86_64__
    return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    return (uint64_t)context->uc_mcontext.pc;
#else
#error "the sampler knows x86-64 and AArch64 only"
#endif
}

static void on_tick(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    if (count < CAPACITY)
        samples[count++] = program_counter(context) - base;
}

/* The program itself is the first object that is reported. */
static int find_base(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    base = info->dlpi_addr;
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    const struct itimerval every = {{0, MICROSECONDS}, {0, MICROSECONDS}};
    dl_iterate_phdr(find_base, NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &every, NULL);
}

__attribute__((destructor)) static void finish(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};
    const char *name = getenv("SLPVEC_BENCH_SAMPLES");
    FILE *file = name == NULL ? NULL : fopen(name, "wb");
    setitimer(ITIMER_PROF, &never, NULL);
    if (file == NULL)
        return;
    fwrite(samples, sizeof samples[0], count, file);
    fclose(file);
}
