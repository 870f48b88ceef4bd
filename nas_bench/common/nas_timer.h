/* Accumulating timers: wall clock (monotonic), user CPU time and whole CPU time of the process. */
#ifndef NAS_TIMER_H
#define NAS_TIMER_H

#include <sys/resource.h>
#include <time.h>

#define NAS_TIMERS 16

typedef struct {
    double wall; /* seconds */
    double user; /* seconds in user mode; the kernel's accounting may be as coarse as a tick */
    double cpu;  /* seconds in user and kernel mode, from the process's CPU clock */
} nas_times;

static nas_times nas_timer_sum[NAS_TIMERS];
static nas_times nas_timer_begin[NAS_TIMERS];

static inline double nas_clock_seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline nas_times nas_timer_now(void)
{
    struct rusage usage;
    nas_times now;
    (void)getrusage(RUSAGE_SELF, &usage);
    now.user = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
    now.cpu = nas_clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    now.wall = nas_clock_seconds(CLOCK_MONOTONIC);
    return now;
}

static inline void nas_timer_clear(int n)
{
    nas_timer_sum[n] = (nas_times){0.0, 0.0, 0.0};
}

static inline void nas_timer_start(int n)
{
    nas_timer_begin[n] = nas_timer_now();
}

static inline void nas_timer_stop(int n)
{
    const nas_times now = nas_timer_now();
    nas_timer_sum[n].wall += now.wall - nas_timer_begin[n].wall;
    nas_timer_sum[n].user += now.user - nas_timer_begin[n].user;
    nas_timer_sum[n].cpu += now.cpu - nas_timer_begin[n].cpu;
}

static inline nas_times nas_timer_read(int n)
{
    return nas_timer_sum[n];
}

#endif
