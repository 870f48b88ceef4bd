/* The grid operators of MG. A grid has n interior points a direction, 1 .. n, and a ghost layer on each
   side; [i3][i2][i1], i1 fastest. Each operator fills lines of partial sums over neighbouring lines
   first, so that it adds fewer numbers. The grids that one call gets never overlap. They are not
   const, because C11 does not convert double (*)[n] to const double (*)[n]. */
#ifndef MG_KERNELS_H
#define MG_KERNELS_H

#include "nas_config.h"

#include <math.h>

#define MAX_EXTENT (MG_N + 2)

typedef struct {
    double l2, maximum;
} norms;

/* Coefficients of a point, of its 6 face, 12 edge and 8 corner neighbours. */
static const double laplacian[4] = {-8.0 / 3.0, 0.0, 1.0 / 6.0, 1.0 / 12.0};
static const double smoother[4] = MG_SMOOTHER_C;

/* Make a grid periodic: each ghost is a copy of the interior point one period away. */
static void wrap(int n, double (*NAS_PTR f)[n + 2][n + 2])
{
    for (int i3 = 1; i3 <= n; i3++) {
        for (int i2 = 1; i2 <= n; i2++) {
            f[i3][i2][0] = f[i3][i2][n];
            f[i3][i2][n + 1] = f[i3][i2][1];
        }
        for (int i1 = 0; i1 <= n + 1; i1++) {
            f[i3][0][i1] = f[i3][n][i1];
            f[i3][n + 1][i1] = f[i3][1][i1];
        }
    }
    for (int i2 = 0; i2 <= n + 1; i2++) {
        for (int i1 = 0; i1 <= n + 1; i1++) {
            f[0][i2][i1] = f[n][i2][i1];
            f[n + 1][i2][i1] = f[1][i2][i1];
        }
    }
}

/* Sums over the four lines beside line (i3, i2) and over the four diagonal to it. */
static void line_sums(int n, double (*NAS_PTR f)[n + 2][n + 2], int i3, int i2, double *NAS_PTR beside,
                      double *NAS_PTR diagonal)
{
    for (int i1 = 0; i1 <= n + 1; i1++) {
        beside[i1] = f[i3][i2 - 1][i1] + f[i3][i2 + 1][i1] + f[i3 - 1][i2][i1] + f[i3 + 1][i2][i1];
        diagonal[i1] = f[i3 - 1][i2 - 1][i1] + f[i3 - 1][i2 + 1][i1] + f[i3 + 1][i2 - 1][i1]
                       + f[i3 + 1][i2 + 1][i1];
    }
}

/* r = v - A u; the face coefficient of A is 0. */
static void make_residual(int n, double (*NAS_PTR u)[n + 2][n + 2], double (*NAS_PTR v)[n + 2][n + 2],
                          double (*NAS_PTR r)[n + 2][n + 2])
{
    double f1[MAX_EXTENT], f2[MAX_EXTENT];
    for (int i3 = 1; i3 <= n; i3++) {
        for (int i2 = 1; i2 <= n; i2++) {
            line_sums(n, u, i3, i2, f1, f2);
            for (int i1 = 1; i1 <= n; i1++)
                r[i3][i2][i1] = v[i3][i2][i1] - laplacian[0] * u[i3][i2][i1]
                                - laplacian[2] * (f2[i1] + f1[i1 - 1] + f1[i1 + 1])
                                - laplacian[3] * (f2[i1 - 1] + f2[i1 + 1]);
        }
    }
    wrap(n, r);
}

/* r = r - A u: make_residual for an r that holds the right-hand side. */
static void update_residual(int n, double (*NAS_PTR u)[n + 2][n + 2], double (*NAS_PTR r)[n + 2][n + 2])
{
    double f1[MAX_EXTENT], f2[MAX_EXTENT];
    for (int i3 = 1; i3 <= n; i3++) {
        for (int i2 = 1; i2 <= n; i2++) {
            line_sums(n, u, i3, i2, f1, f2);
            for (int i1 = 1; i1 <= n; i1++)
                r[i3][i2][i1] = r[i3][i2][i1] - laplacian[0] * u[i3][i2][i1]
                                - laplacian[2] * (f2[i1] + f1[i1 - 1] + f1[i1 + 1])
                                - laplacian[3] * (f2[i1 - 1] + f2[i1 + 1]);
        }
    }
    wrap(n, r);
}

/* u = u + S r; the corner coefficient of S is 0. */
static void smooth(int n, double (*NAS_PTR r)[n + 2][n + 2], double (*NAS_PTR u)[n + 2][n + 2])
{
    double f1[MAX_EXTENT], f2[MAX_EXTENT];
    for (int i3 = 1; i3 <= n; i3++) {
        for (int i2 = 1; i2 <= n; i2++) {
            line_sums(n, r, i3, i2, f1, f2);
            for (int i1 = 1; i1 <= n; i1++)
                u[i3][i2][i1] = u[i3][i2][i1] + smoother[0] * r[i3][i2][i1]
                                + smoother[1] * (r[i3][i2][i1 - 1] + r[i3][i2][i1 + 1] + f1[i1])
                                + smoother[2] * (f2[i1] + f1[i1 - 1] + f1[i1 + 1]);
        }
    }
    wrap(n, u);
}

/* coarse = P fine at every second point; the coarse grid has n interior points, the fine one 2 n.
   odd1[j1] and odd2[j1] are line sums at fine point 2 j1 + 1. */
static void restrict_residual(int n, double (*NAS_PTR fine)[2 * n + 2][2 * n + 2],
                              double (*NAS_PTR coarse)[n + 2][n + 2])
{
    double odd1[MAX_EXTENT / 2], odd2[MAX_EXTENT / 2];
    for (int j3 = 1; j3 <= n; j3++) {
        const int i3 = 2 * j3;
        for (int j2 = 1; j2 <= n; j2++) {
            const int i2 = 2 * j2;
            for (int j1 = 0; j1 <= n; j1++) {
                const int i1 = 2 * j1 + 1;
                odd1[j1] = fine[i3][i2 - 1][i1] + fine[i3][i2 + 1][i1] + fine[i3 - 1][i2][i1]
                           + fine[i3 + 1][i2][i1];
                odd2[j1] = fine[i3 - 1][i2 - 1][i1] + fine[i3 - 1][i2 + 1][i1]
                           + fine[i3 + 1][i2 - 1][i1] + fine[i3 + 1][i2 + 1][i1];
            }
            for (int j1 = 1; j1 <= n; j1++) {
                const int i1 = 2 * j1;
                const double even1 = fine[i3][i2 - 1][i1] + fine[i3][i2 + 1][i1]
                                     + fine[i3 - 1][i2][i1] + fine[i3 + 1][i2][i1];
                const double even2 = fine[i3 - 1][i2 - 1][i1] + fine[i3 - 1][i2 + 1][i1]
                                     + fine[i3 + 1][i2 - 1][i1] + fine[i3 + 1][i2 + 1][i1];
                coarse[j3][j2][j1] = 0.5 * fine[i3][i2][i1]
                                     + 0.25 * (fine[i3][i2][i1 - 1] + fine[i3][i2][i1 + 1] + even1)
                                     + 0.125 * (odd1[j1 - 1] + odd1[j1] + even2)
                                     + 0.0625 * (odd2[j1 - 1] + odd2[j1]);
            }
        }
    }
    wrap(n, coarse);
}

/* fine = fine + trilinear interpolation of coarse, which has n interior points. Covers the ghosts of
   fine, too: the sum of two periodic grids needs no wrap. */
static void interpolate(int n, double (*NAS_PTR coarse)[n + 2][n + 2],
                        double (*NAS_PTR fine)[2 * n + 2][2 * n + 2])
{
    double z1[MAX_EXTENT / 2 + 1], z2[MAX_EXTENT / 2 + 1], z3[MAX_EXTENT / 2 + 1];
    for (int j3 = 0; j3 <= n; j3++) {
        for (int j2 = 0; j2 <= n; j2++) {
            const int i3 = 2 * j3;
            const int i2 = 2 * j2;
            for (int j1 = 0; j1 <= n + 1; j1++) {
                z1[j1] = coarse[j3][j2 + 1][j1] + coarse[j3][j2][j1];
                z2[j1] = coarse[j3 + 1][j2][j1] + coarse[j3][j2][j1];
                z3[j1] = coarse[j3 + 1][j2 + 1][j1] + coarse[j3 + 1][j2][j1] + z1[j1];
            }
            for (int j1 = 0; j1 <= n; j1++) {
                const double here = coarse[j3][j2][j1];
                const double next = coarse[j3][j2][j1 + 1];
                fine[i3][i2][2 * j1] = fine[i3][i2][2 * j1] + here;
                fine[i3][i2][2 * j1 + 1] = fine[i3][i2][2 * j1 + 1] + 0.5 * (here + next);
            }
            for (int j1 = 0; j1 <= n; j1++) {
                fine[i3][i2 + 1][2 * j1] = fine[i3][i2 + 1][2 * j1] + 0.5 * z1[j1];
                fine[i3][i2 + 1][2 * j1 + 1] = fine[i3][i2 + 1][2 * j1 + 1] + 0.25 * (z1[j1] + z1[j1 + 1]);
            }
            for (int j1 = 0; j1 <= n; j1++) {
                fine[i3 + 1][i2][2 * j1] = fine[i3 + 1][i2][2 * j1] + 0.5 * z2[j1];
                fine[i3 + 1][i2][2 * j1 + 1] = fine[i3 + 1][i2][2 * j1 + 1] + 0.25 * (z2[j1] + z2[j1 + 1]);
            }
            for (int j1 = 0; j1 <= n; j1++) {
                fine[i3 + 1][i2 + 1][2 * j1] = fine[i3 + 1][i2 + 1][2 * j1] + 0.25 * z3[j1];
                fine[i3 + 1][i2 + 1][2 * j1 + 1] =
                    fine[i3 + 1][i2 + 1][2 * j1 + 1] + 0.125 * (z3[j1] + z3[j1 + 1]);
            }
        }
    }
}

/* The root of the mean square over the interior, and the largest absolute value. */
static norms residual_norms(int n, double (*NAS_PTR r)[n + 2][n + 2])
{
    double sum = 0.0;
    double maximum = 0.0;
    for (int i3 = 1; i3 <= n; i3++) {
        for (int i2 = 1; i2 <= n; i2++) {
            for (int i1 = 1; i1 <= n; i1++) {
                const double size = fabs(r[i3][i2][i1]);
                sum += r[i3][i2][i1] * r[i3][i2][i1];
                maximum = size > maximum ? size : maximum;
            }
        }
    }
    const double points = (double)n * n * n;
    return (norms){sqrt(sum / points), maximum};
}

#endif
