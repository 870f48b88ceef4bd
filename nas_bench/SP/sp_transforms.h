/* The pointwise transforms of SP between the conserved components of rhs and the characteristic
   variables of each direction, in place at every interior point. */
#ifndef SP_TRANSFORMS_H
#define SP_TRANSFORMS_H

#include "cfd_rhs.h"

#define SQRT_HALF 0.70710678118654752440
#define C2IV (1.0 / C2)

/* Conserved components to the characteristic variables of x. */
static void txinvr(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                double *r = rhs[k][j][i];
                const double r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3], r4 = r[4];
                const double irho = rho_i[k][j][i], a = speed[k][j][i];
                const double v1 = us[k][j][i], v2 = vs[k][j][i], v3 = ws[k][j][i];
                const double s1 = C2 / (a * a) * (qs[k][j][i] * r0 - v1 * r1 - v2 * r2 - v3 * r3 + r4);
                const double s2 = SQRT_HALF * irho * (v1 * r0 - r1);
                const double s3 = SQRT_HALF * irho * a * s1;

                r[0] = r0 - s1;
                r[1] = -irho * (v3 * r0 - r3);
                r[2] = irho * (v2 * r0 - r2);
                r[3] = s3 - s2;
                r[4] = s3 + s2;
            }
        }
    }
}

/* Characteristic variables of x to those of y. */
static void ninvr(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                double *r = rhs[k][j][i];
                const double r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3], r4 = r[4];
                const double s1 = SQRT_HALF * r2;
                const double s2 = 0.5 * (r3 + r4);

                r[0] = -r1;
                r[1] = r0;
                r[2] = SQRT_HALF * (r3 - r4);
                r[3] = s2 - s1;
                r[4] = s2 + s1;
            }
        }
    }
}

/* Characteristic variables of y to those of z. */
static void pinvr(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                double *r = rhs[k][j][i];
                const double r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3], r4 = r[4];
                const double s1 = SQRT_HALF * r0;
                const double s2 = 0.5 * (r3 + r4);

                r[0] = SQRT_HALF * (r3 - r4);
                r[1] = -r2;
                r[2] = r1;
                r[3] = s2 - s1;
                r[4] = s2 + s1;
            }
        }
    }
}

/* Characteristic variables of z back to the conserved components. */
static void tzetar(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                double *r = rhs[k][j][i];
                const double r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3], r4 = r[4];
                const double rho = u[k][j][i][0], a = speed[k][j][i];
                const double v1 = us[k][j][i], v2 = vs[k][j][i], v3 = ws[k][j][i];
                const double b = SQRT_HALF * rho;
                const double s1 = b / a * (r3 + r4);
                const double s2 = r2 + s1;
                const double s3 = b * (r3 - r4);

                r[0] = s2;
                r[1] = -rho * r1 + v1 * s2;
                r[2] = rho * r0 + v2 * s2;
                r[3] = v3 * s2 + s3;
                r[4] = rho * (v2 * r0 - v1 * r1) + qs[k][j][i] * s2 + C2IV * (a * a) * s1 + v3 * s3;
            }
        }
    }
}

#endif
