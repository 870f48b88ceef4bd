/* Rows of SP's pentadiagonal systems and the steps of their elimination, one statement per element.
   A row l[0..4] multiplies the unknowns at positions p-2..p+2 of its line; l0 is row p, l1 and l2
   the two after it, r0, r1, r2 the right-hand sides there. The parameters never overlap. */
#ifndef SP_KERNELS_H
#define SP_KERNELS_H

#include "cfd_model.h"
#include "nas_config.h"

/* Along one line: velocity in its direction, speed of sound, bound of the viscous spectrum. */
static double cv[N];
static double cs[N];
static double rhon[N];

/* Largest of the diffusion coefficients of the five components; d is the direction's own. */
static inline double spectral_bound(double irho, double d)
{
    const double normal = d + CON43 * C3C4 * irho;
    const double energy = d + C1C5 * C3C4 * irho;
    const double tangent = d + C3C4 * irho;
    double bound = d;
    bound = bound > tangent ? bound : tangent;
    bound = bound > energy ? bound : energy;
    bound = bound > normal ? bound : normal;
    return bound;
}

/* What row p of the fourth-difference dissipation adds, in units of dt * DSSP. */
static inline const double *damping_of(int p)
{
    static const double first[5] = {0.0, 0.0, 5.0, -4.0, 1.0};
    static const double second[5] = {0.0, -4.0, 6.0, -4.0, 1.0};
    static const double inner[5] = {1.0, -4.0, 6.0, -4.0, 1.0};
    static const double last_but_one[5] = {1.0, -4.0, 6.0, -4.0, 0.0};
    static const double last[5] = {1.0, -4.0, 5.0, 0.0, 0.0};
    switch (p) {
    case 1: return first;
    case 2: return second;
    case N - 3: return last_but_one;
    case N - 2: return last;
    default: return inner;
    }
}

/* Row p of the three systems, from the line's cv, cs and rhon: l for the eigenvalue V, lp for V + a,
   lm for V - a. alpha = dt / (2h), beta = dt / h^2, damp = dt * DSSP. */
static void fill_row(int p, double alpha, double beta, double damp, double *NAS_PTR l, double *NAS_PTR lp,
                     double *NAS_PTR lm)
{
    const double *z = damping_of(p);
    const double d0 = damp * z[0];
    const double d1 = -alpha * cv[p - 1] - beta * rhon[p - 1] + damp * z[1];
    const double d2 = 1.0 + 2.0 * beta * rhon[p] + damp * z[2];
    const double d3 = alpha * cv[p + 1] - beta * rhon[p + 1] + damp * z[3];
    const double d4 = damp * z[4];
    const double before = alpha * cs[p - 1], after = alpha * cs[p + 1];

    l[0] = d0;
    l[1] = d1;
    l[2] = d2;
    l[3] = d3;
    l[4] = d4;

    lp[0] = d0;
    lp[1] = d1 - before;
    lp[2] = d2;
    lp[3] = d3 + after;
    lp[4] = d4;

    lm[0] = d0;
    lm[1] = d1 + before;
    lm[2] = d2;
    lm[3] = d3 - after;
    lm[4] = d4;
}

/* Both ends of a line, where the boundary value stays as it is. */
static void identity_row(double *NAS_PTR l, double *NAS_PTR lp, double *NAS_PTR lm)
{
    for (int d = 0; d < 5; d++) {
        l[d] = d == 2 ? 1.0 : 0.0;
        lp[d] = d == 2 ? 1.0 : 0.0;
        lm[d] = d == 2 ? 1.0 : 0.0;
    }
}

/* Scale row p of the base system and take it from the next row: components 0, 1 and 2. */
static void eliminate_base_next(double *NAS_PTR l0, double *NAS_PTR l1, double *NAS_PTR r0, double *NAS_PTR r1)
{
    const double pivot = 1.0 / l0[2];
    l0[3] = pivot * l0[3];
    l0[4] = pivot * l0[4];
    r0[0] = pivot * r0[0];
    r0[1] = pivot * r0[1];
    r0[2] = pivot * r0[2];

    const double f = l1[1];
    l1[2] = l1[2] - f * l0[3];
    l1[3] = l1[3] - f * l0[4];
    r1[0] = r1[0] - f * r0[0];
    r1[1] = r1[1] - f * r0[1];
    r1[2] = r1[2] - f * r0[2];
}

/* The same for both of the next two rows. */
static void eliminate_base(double *NAS_PTR l0, double *NAS_PTR l1, double *NAS_PTR l2, double *NAS_PTR r0,
                           double *NAS_PTR r1, double *NAS_PTR r2)
{
    eliminate_base_next(l0, l1, r0, r1);

    const double f = l2[0];
    l2[1] = l2[1] - f * l0[3];
    l2[2] = l2[2] - f * l0[4];
    r2[0] = r2[0] - f * r0[0];
    r2[1] = r2[1] - f * r0[1];
    r2[2] = r2[2] - f * r0[2];
}

/* Scale row p of the two acoustic systems and take it from the next row: components 3 and 4. */
static void eliminate_sound_next(double *NAS_PTR lp0, double *NAS_PTR lp1, double *NAS_PTR lm0,
                                 double *NAS_PTR lm1, double *NAS_PTR r0, double *NAS_PTR r1)
{
    const double pivot_p = 1.0 / lp0[2];
    const double pivot_m = 1.0 / lm0[2];
    lp0[3] = pivot_p * lp0[3];
    lp0[4] = pivot_p * lp0[4];
    r0[3] = pivot_p * r0[3];
    lm0[3] = pivot_m * lm0[3];
    lm0[4] = pivot_m * lm0[4];
    r0[4] = pivot_m * r0[4];

    const double fp = lp1[1];
    const double fm = lm1[1];
    lp1[2] = lp1[2] - fp * lp0[3];
    lp1[3] = lp1[3] - fp * lp0[4];
    r1[3] = r1[3] - fp * r0[3];
    lm1[2] = lm1[2] - fm * lm0[3];
    lm1[3] = lm1[3] - fm * lm0[4];
    r1[4] = r1[4] - fm * r0[4];
}

/* The same for both of the next two rows. */
static void eliminate_sound(double *NAS_PTR lp0, double *NAS_PTR lp1, double *NAS_PTR lp2, double *NAS_PTR lm0,
                            double *NAS_PTR lm1, double *NAS_PTR lm2, double *NAS_PTR r0, double *NAS_PTR r1,
                            double *NAS_PTR r2)
{
    eliminate_sound_next(lp0, lp1, lm0, lm1, r0, r1);

    const double fp = lp2[0];
    const double fm = lm2[0];
    lp2[1] = lp2[1] - fp * lp0[3];
    lp2[2] = lp2[2] - fp * lp0[4];
    r2[3] = r2[3] - fp * r0[3];
    lm2[1] = lm2[1] - fm * lm0[3];
    lm2[2] = lm2[2] - fm * lm0[4];
    r2[4] = r2[4] - fm * r0[4];
}

/* The unknowns of the last row. */
static void solve_last(double *NAS_PTR l, double *NAS_PTR lp, double *NAS_PTR lm, double *NAS_PTR r)
{
    r[0] = r[0] / l[2];
    r[1] = r[1] / l[2];
    r[2] = r[2] / l[2];
    r[3] = r[3] / lp[2];
    r[4] = r[4] / lm[2];
}

/* The unknowns of the last row but one. */
static void substitute_next(double *NAS_PTR l, double *NAS_PTR lp, double *NAS_PTR lm, double *NAS_PTR r0,
                            double *NAS_PTR r1)
{
    r0[0] = r0[0] - l[3] * r1[0];
    r0[1] = r0[1] - l[3] * r1[1];
    r0[2] = r0[2] - l[3] * r1[2];
    r0[3] = r0[3] - lp[3] * r1[3];
    r0[4] = r0[4] - lm[3] * r1[4];
}

/* The unknowns of row p, once those of the two after it are known. */
static void substitute(double *NAS_PTR l, double *NAS_PTR lp, double *NAS_PTR lm, double *NAS_PTR r0,
                       double *NAS_PTR r1, double *NAS_PTR r2)
{
    r0[0] = r0[0] - l[3] * r1[0] - l[4] * r2[0];
    r0[1] = r0[1] - l[3] * r1[1] - l[4] * r2[1];
    r0[2] = r0[2] - l[3] * r1[2] - l[4] * r2[2];
    r0[3] = r0[3] - lp[3] * r1[3] - lp[4] * r2[3];
    r0[4] = r0[4] - lm[3] * r1[4] - lm[4] * r2[4];
}

#endif
