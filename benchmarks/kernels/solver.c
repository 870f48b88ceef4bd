/* Small dense systems, unrolled. */
#include "harness.h"

#include <math.h>

/* The lower Cholesky factor of a symmetric 5x5 matrix, of which the lower half is read. */
KERNEL void cholesky5(double l[restrict 5][5], const double a[restrict 5][5])
{
#pragma clang loop unroll(full)
    for (int j = 0; j < 5; j++) {
        double sum = a[j][j];
#pragma clang loop unroll(full)
        for (int k = 0; k < j; k++)
            sum -= l[j][k] * l[j][k];
        double root = sqrt(sum), inverse = 1.0 / root;
        l[j][j] = root;
#pragma clang loop unroll(full)
        for (int i = j + 1; i < 5; i++) {
            double rest = a[i][j];
#pragma clang loop unroll(full)
            for (int k = 0; k < j; k++)
                rest -= l[i][k] * l[j][k];
            l[i][j] = rest * inverse;
        }
    }
}

/* Gauss-Jordan elimination of a 4x4 system with one right-hand side, without pivoting: x = m^-1 r. */
KERNEL void gauss_jordan4(double *restrict x, const double *restrict matrix, const double *restrict r)
{
    double m[4][4], b[4];
    for (int i = 0; i < 4; i++) {
        b[i] = r[i];
        for (int j = 0; j < 4; j++)
            m[i][j] = matrix[4 * i + j];
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < 4; p++) {
        double pivot = 1.0 / m[p][p];
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++)
            m[p][j] *= pivot;
        b[p] *= pivot;
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            if (i == p)
                continue;
            double factor = m[i][p];
#pragma clang loop unroll(full)
            for (int j = 0; j < 4; j++)
                m[i][j] -= factor * m[p][j];
            b[i] -= factor * b[p];
        }
    }
    for (int i = 0; i < 4; i++)
        x[i] = b[i];
}

/* One elimination step on a 5x5 block stored by columns, as a line solver does it: pivot 0, all rows. */
KERNEL void eliminate5(double m[5][5], double *restrict r)
{
    double pivot = 1.0 / m[0][0];
    m[1][0] *= pivot;
    m[2][0] *= pivot;
    m[3][0] *= pivot;
    m[4][0] *= pivot;
    r[0] *= pivot;
#pragma clang loop unroll(full)
    for (int i = 1; i < 5; i++) {
        double factor = m[0][i];
        m[1][i] -= factor * m[1][0];
        m[2][i] -= factor * m[2][0];
        m[3][i] -= factor * m[3][0];
        m[4][i] -= factor * m[4][0];
        r[i] -= factor * r[0];
    }
}

/* Forward and back substitution with a 3x3 unit lower and an upper factor in one matrix. */
KERNEL void substitute3(double *restrict x, const double *restrict lu, const double *restrict b)
{
    double y0 = b[0], y1 = b[1] - lu[3] * y0, y2 = b[2] - lu[6] * y0 - lu[7] * y1;
    x[2] = y2 / lu[8];
    x[1] = (y1 - lu[5] * x[2]) / lu[4];
    x[0] = (y0 - lu[1] * x[1] - lu[2] * x[2]) / lu[0];
}

/* Cramer's rule for two systems of two unknowns. */
KERNEL void solve2_two(double *restrict x, const double *restrict m, const double *restrict b)
{
    double d0 = m[0] * m[3] - m[1] * m[2], d1 = m[4] * m[7] - m[5] * m[6];
    x[0] = (b[0] * m[3] - m[1] * b[1]) / d0;
    x[1] = (m[0] * b[1] - b[0] * m[2]) / d0;
    x[2] = (b[2] * m[7] - m[5] * b[3]) / d1;
    x[3] = (m[4] * b[3] - b[2] * m[6]) / d1;
}

/* One Newton step of four square roots. */
KERNEL void newton_roots4(double *restrict x, const double *restrict a)
{
    x[0] = 0.5 * (x[0] + a[0] / x[0]);
    x[1] = 0.5 * (x[1] + a[1] / x[1]);
    x[2] = 0.5 * (x[2] + a[2] / x[2]);
    x[3] = 0.5 * (x[3] + a[3] / x[3]);
}

RUN(cholesky5, cholesky5(b->out, b->in[0]))
RUN(gauss_jordan4, gauss_jordan4(OUT(double), IN(double, 0), IN(double, 1)))
RUN(eliminate5, eliminate5(b->out, OUT(double) + 32))
RUN(substitute3, substitute3(OUT(double), IN(double, 0), IN(double, 1)))
RUN(solve2_two, solve2_two(OUT(double), IN(double, 0), IN(double, 1)))
RUN(newton_roots4, newton_roots4(OUT(double), IN(double, 0)))

const struct kernel solver_kernels[] = {
    ENTRY(cholesky5, "d5"),
    ENTRY(gauss_jordan4, "d4d"),
    ENTRY(eliminate5, "5"),
    ENTRY(substitute3, "d3d"),
    ENTRY(solve2_two, "dpd"),
    ENTRY(newton_roots4, "pp"),
    {0},
};
