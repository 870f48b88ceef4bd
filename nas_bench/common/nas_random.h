/* The generator s' = a s mod 2^46 of common use in the suite, exact in double precision. */
#ifndef NAS_RANDOM_H
#define NAS_RANDOM_H

#define NAS_R23 0x1p-23
#define NAS_T23 0x1p+23
#define NAS_R46 0x1p-46
#define NAS_T46 0x1p+46

/* Both factors are split at 23 bits. Every intermediate is an integer below 2^53 and every
   truncated value is below 2^24, so neither contraction nor the cast to int can change a bit. */
static inline double randlc_step(double s, double a1, double a2)
{
    const double s1 = (double)(int)(NAS_R23 * s);
    const double s2 = s - NAS_T23 * s1;
    const double w = a1 * s2 + a2 * s1;
    const double z = w - NAS_T23 * (double)(int)(NAS_R23 * w);
    const double v = NAS_T23 * z + a2 * s2;
    return v - NAS_T46 * (double)(int)(NAS_R46 * v);
}

/* Advance *s by the multiplier a; return the new state as a number in (0, 1).
   Both are integers in [1, 2^46). */
static inline double randlc(double *s, double a)
{
    const double a1 = (double)(int)(NAS_R23 * a);
    const double a2 = a - NAS_T23 * a1;
    *s = randlc_step(*s, a1, a2);
    return NAS_R46 * *s;
}

/* The next n values of randlc into y[0..n-1]. */
static inline void vranlc(int n, double *s, double a, double *y)
{
    const double a1 = (double)(int)(NAS_R23 * a);
    const double a2 = a - NAS_T23 * a1;
    double state = *s;
    for (int i = 0; i < n; i++) {
        state = randlc_step(state, a1, a2);
        y[i] = NAS_R46 * state;
    }
    *s = state;
}

/* a^n mod 2^46: randlc(&s, nas_power(a, n)) moves s by n draws at once. */
static inline double nas_power(double a, long long n)
{
    double power = 1.0;
    double square = a;
    for (; n > 0; n /= 2) {
        if (n % 2 == 1)
            (void)randlc(&power, square);
        (void)randlc(&square, square);
    }
    return power;
}

#endif
