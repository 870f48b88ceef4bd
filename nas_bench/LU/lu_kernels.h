/* The 5x5 block kernels of LU, one statement per element as the specification asks. A block is
   [column][row]: the five rows of a column are adjacent in memory. The parameters never overlap.
   Blocks are not const, because C11 does not convert double (*)[5] to const double (*)[5]. */
#ifndef LU_KERNELS_H
#define LU_KERNELS_H

#include "nas_config.h"

#define OMEGA LU_OMEGA

/* v -= omega A x: the plane below, in the lower sweep. */
static void lower_plane(double (*NAS_PTR a)[5], double *NAS_PTR x, double *NAS_PTR v)
{
    v[0] = v[0] - OMEGA * (a[0][0] * x[0] + a[1][0] * x[1] + a[2][0] * x[2] + a[3][0] * x[3] + a[4][0] * x[4]);
    v[1] = v[1] - OMEGA * (a[0][1] * x[0] + a[1][1] * x[1] + a[2][1] * x[2] + a[3][1] * x[3] + a[4][1] * x[4]);
    v[2] = v[2] - OMEGA * (a[0][2] * x[0] + a[1][2] * x[1] + a[2][2] * x[2] + a[3][2] * x[3] + a[4][2] * x[4]);
    v[3] = v[3] - OMEGA * (a[0][3] * x[0] + a[1][3] * x[1] + a[2][3] * x[2] + a[3][3] * x[3] + a[4][3] * x[4]);
    v[4] = v[4] - OMEGA * (a[0][4] * x[0] + a[1][4] * x[1] + a[2][4] * x[2] + a[3][4] * x[3] + a[4][4] * x[4]);
}

/* t = omega A x: the plane above, in the upper sweep. */
static void upper_plane(double (*NAS_PTR a)[5], double *NAS_PTR x, double *NAS_PTR t)
{
    t[0] = OMEGA * (a[0][0] * x[0] + a[1][0] * x[1] + a[2][0] * x[2] + a[3][0] * x[3] + a[4][0] * x[4]);
    t[1] = OMEGA * (a[0][1] * x[0] + a[1][1] * x[1] + a[2][1] * x[2] + a[3][1] * x[3] + a[4][1] * x[4]);
    t[2] = OMEGA * (a[0][2] * x[0] + a[1][2] * x[1] + a[2][2] * x[2] + a[3][2] * x[3] + a[4][2] * x[4]);
    t[3] = OMEGA * (a[0][3] * x[0] + a[1][3] * x[1] + a[2][3] * x[2] + a[3][3] * x[3] + a[4][3] * x[4]);
    t[4] = OMEGA * (a[0][4] * x[0] + a[1][4] * x[1] + a[2][4] * x[2] + a[3][4] * x[3] + a[4][4] * x[4]);
}

/* t = v - omega (A x + B y): the neighbours within the plane, in the lower sweep. */
static void lower_neighbours(double (*NAS_PTR a)[5], double *NAS_PTR x, double (*NAS_PTR b)[5],
                             double *NAS_PTR y, double *NAS_PTR v, double *NAS_PTR t)
{
    t[0] = v[0] - OMEGA * (a[0][0] * x[0] + a[1][0] * x[1] + a[2][0] * x[2] + a[3][0] * x[3] + a[4][0] * x[4]
                          + b[0][0] * y[0] + b[1][0] * y[1] + b[2][0] * y[2] + b[3][0] * y[3] + b[4][0] * y[4]);
    t[1] = v[1] - OMEGA * (a[0][1] * x[0] + a[1][1] * x[1] + a[2][1] * x[2] + a[3][1] * x[3] + a[4][1] * x[4]
                          + b[0][1] * y[0] + b[1][1] * y[1] + b[2][1] * y[2] + b[3][1] * y[3] + b[4][1] * y[4]);
    t[2] = v[2] - OMEGA * (a[0][2] * x[0] + a[1][2] * x[1] + a[2][2] * x[2] + a[3][2] * x[3] + a[4][2] * x[4]
                          + b[0][2] * y[0] + b[1][2] * y[1] + b[2][2] * y[2] + b[3][2] * y[3] + b[4][2] * y[4]);
    t[3] = v[3] - OMEGA * (a[0][3] * x[0] + a[1][3] * x[1] + a[2][3] * x[2] + a[3][3] * x[3] + a[4][3] * x[4]
                          + b[0][3] * y[0] + b[1][3] * y[1] + b[2][3] * y[2] + b[3][3] * y[3] + b[4][3] * y[4]);
    t[4] = v[4] - OMEGA * (a[0][4] * x[0] + a[1][4] * x[1] + a[2][4] * x[2] + a[3][4] * x[3] + a[4][4] * x[4]
                          + b[0][4] * y[0] + b[1][4] * y[1] + b[2][4] * y[2] + b[3][4] * y[3] + b[4][4] * y[4]);
}

/* t += omega (A x + B y): the neighbours within the plane, in the upper sweep. */
static void upper_neighbours(double (*NAS_PTR a)[5], double *NAS_PTR x, double (*NAS_PTR b)[5],
                             double *NAS_PTR y, double *NAS_PTR t)
{
    t[0] = t[0] + OMEGA * (a[0][0] * x[0] + a[1][0] * x[1] + a[2][0] * x[2] + a[3][0] * x[3] + a[4][0] * x[4]
                          + b[0][0] * y[0] + b[1][0] * y[1] + b[2][0] * y[2] + b[3][0] * y[3] + b[4][0] * y[4]);
    t[1] = t[1] + OMEGA * (a[0][1] * x[0] + a[1][1] * x[1] + a[2][1] * x[2] + a[3][1] * x[3] + a[4][1] * x[4]
                          + b[0][1] * y[0] + b[1][1] * y[1] + b[2][1] * y[2] + b[3][1] * y[3] + b[4][1] * y[4]);
    t[2] = t[2] + OMEGA * (a[0][2] * x[0] + a[1][2] * x[1] + a[2][2] * x[2] + a[3][2] * x[3] + a[4][2] * x[4]
                          + b[0][2] * y[0] + b[1][2] * y[1] + b[2][2] * y[2] + b[3][2] * y[3] + b[4][2] * y[4]);
    t[3] = t[3] + OMEGA * (a[0][3] * x[0] + a[1][3] * x[1] + a[2][3] * x[2] + a[3][3] * x[3] + a[4][3] * x[4]
                          + b[0][3] * y[0] + b[1][3] * y[1] + b[2][3] * y[2] + b[3][3] * y[3] + b[4][3] * y[4]);
    t[4] = t[4] + OMEGA * (a[0][4] * x[0] + a[1][4] * x[1] + a[2][4] * x[2] + a[3][4] * x[3] + a[4][4] * x[4]
                          + b[0][4] * y[0] + b[1][4] * y[1] + b[2][4] * y[2] + b[3][4] * y[3] + b[4][4] * y[4]);
}

/* t = inverse(D) t, by Gaussian elimination without pivoting on a row-major copy of D. */
static void solve_block(double (*NAS_PTR d)[5], double *NAS_PTR t)
{
    double m[5][5], f;

    m[0][0] = d[0][0];
    m[0][1] = d[1][0];
    m[0][2] = d[2][0];
    m[0][3] = d[3][0];
    m[0][4] = d[4][0];

    m[1][0] = d[0][1];
    m[1][1] = d[1][1];
    m[1][2] = d[2][1];
    m[1][3] = d[3][1];
    m[1][4] = d[4][1];

    m[2][0] = d[0][2];
    m[2][1] = d[1][2];
    m[2][2] = d[2][2];
    m[2][3] = d[3][2];
    m[2][4] = d[4][2];

    m[3][0] = d[0][3];
    m[3][1] = d[1][3];
    m[3][2] = d[2][3];
    m[3][3] = d[3][3];
    m[3][4] = d[4][3];

    m[4][0] = d[0][4];
    m[4][1] = d[1][4];
    m[4][2] = d[2][4];
    m[4][3] = d[3][4];
    m[4][4] = d[4][4];

    const double pivot0 = 1.0 / m[0][0];
    f = pivot0 * m[1][0];
    m[1][1] = m[1][1] - f * m[0][1];
    m[1][2] = m[1][2] - f * m[0][2];
    m[1][3] = m[1][3] - f * m[0][3];
    m[1][4] = m[1][4] - f * m[0][4];
    t[1] = t[1] - f * t[0];
    f = pivot0 * m[2][0];
    m[2][1] = m[2][1] - f * m[0][1];
    m[2][2] = m[2][2] - f * m[0][2];
    m[2][3] = m[2][3] - f * m[0][3];
    m[2][4] = m[2][4] - f * m[0][4];
    t[2] = t[2] - f * t[0];
    f = pivot0 * m[3][0];
    m[3][1] = m[3][1] - f * m[0][1];
    m[3][2] = m[3][2] - f * m[0][2];
    m[3][3] = m[3][3] - f * m[0][3];
    m[3][4] = m[3][4] - f * m[0][4];
    t[3] = t[3] - f * t[0];
    f = pivot0 * m[4][0];
    m[4][1] = m[4][1] - f * m[0][1];
    m[4][2] = m[4][2] - f * m[0][2];
    m[4][3] = m[4][3] - f * m[0][3];
    m[4][4] = m[4][4] - f * m[0][4];
    t[4] = t[4] - f * t[0];

    const double pivot1 = 1.0 / m[1][1];
    f = pivot1 * m[2][1];
    m[2][2] = m[2][2] - f * m[1][2];
    m[2][3] = m[2][3] - f * m[1][3];
    m[2][4] = m[2][4] - f * m[1][4];
    t[2] = t[2] - f * t[1];
    f = pivot1 * m[3][1];
    m[3][2] = m[3][2] - f * m[1][2];
    m[3][3] = m[3][3] - f * m[1][3];
    m[3][4] = m[3][4] - f * m[1][4];
    t[3] = t[3] - f * t[1];
    f = pivot1 * m[4][1];
    m[4][2] = m[4][2] - f * m[1][2];
    m[4][3] = m[4][3] - f * m[1][3];
    m[4][4] = m[4][4] - f * m[1][4];
    t[4] = t[4] - f * t[1];

    const double pivot2 = 1.0 / m[2][2];
    f = pivot2 * m[3][2];
    m[3][3] = m[3][3] - f * m[2][3];
    m[3][4] = m[3][4] - f * m[2][4];
    t[3] = t[3] - f * t[2];
    f = pivot2 * m[4][2];
    m[4][3] = m[4][3] - f * m[2][3];
    m[4][4] = m[4][4] - f * m[2][4];
    t[4] = t[4] - f * t[2];

    const double pivot3 = 1.0 / m[3][3];
    f = pivot3 * m[4][3];
    m[4][4] = m[4][4] - f * m[3][4];
    t[4] = t[4] - f * t[3];

    t[4] = t[4] / m[4][4];
    t[3] = pivot3 * (t[3] - m[3][4] * t[4]);
    t[2] = pivot2 * (t[2] - m[2][3] * t[3] - m[2][4] * t[4]);
    t[1] = pivot1 * (t[1] - m[1][2] * t[2] - m[1][3] * t[3] - m[1][4] * t[4]);
    t[0] = pivot0 * (t[0] - m[0][1] * t[1] - m[0][2] * t[2] - m[0][3] * t[3] - m[0][4] * t[4]);
}

#endif
