/* Jacobians of the convective and the viscous flux along a line, every entry written out, and the
   blocks of the linear system made from them. All blocks are [column][row]. */
#ifndef BT_JACOBIANS_H
#define BT_JACOBIANS_H

#include "cfd_rhs.h"

enum { AA, BB, CC, BLOCKS }; /* the blocks left of, on and right of the diagonal */

/* Work arrays of one line, indexed by the position along it. */
static double fjac[N + 1][5][5];
static double njac[N + 1][5][5];
static double lhs[N + 1][BLOCKS][5][5];

#define C34 C3C4
#define CON43_C34 (CON43 * C3C4)

/* The Jacobians along x at point (i, j, k), for position p of the line. */
static void jacobian_x(int p, int k, int j, int i)
{
    const double *uc = u[k][j][i];
    const double q = square[k][j][i], kk = qs[k][j][i];
    const double tmp1 = rho_i[k][j][i], tmp2 = tmp1 * tmp1, tmp3 = tmp1 * tmp2;

    fjac[p][0][0] = 0.0;
    fjac[p][0][1] = -(uc[1] * uc[1]) * tmp2 + C2 * kk;
    fjac[p][0][2] = -(uc[2] * uc[1]) * tmp2;
    fjac[p][0][3] = -(uc[3] * uc[1]) * tmp2;
    fjac[p][0][4] = (2.0 * C2 * q - C1 * uc[4]) * (uc[1] * tmp2);

    fjac[p][1][0] = 1.0;
    fjac[p][1][1] = (2.0 - C2) * (uc[1] * tmp1);
    fjac[p][1][2] = uc[2] * tmp1;
    fjac[p][1][3] = uc[3] * tmp1;
    fjac[p][1][4] = C1 * uc[4] * tmp1 - C2 * (kk + uc[1] * uc[1] * tmp2);

    fjac[p][2][0] = 0.0;
    fjac[p][2][1] = -C2 * (uc[2] * tmp1);
    fjac[p][2][2] = uc[1] * tmp1;
    fjac[p][2][3] = 0.0;
    fjac[p][2][4] = -C2 * (uc[2] * uc[1]) * tmp2;

    fjac[p][3][0] = 0.0;
    fjac[p][3][1] = -C2 * (uc[3] * tmp1);
    fjac[p][3][2] = 0.0;
    fjac[p][3][3] = uc[1] * tmp1;
    fjac[p][3][4] = -C2 * (uc[3] * uc[1]) * tmp2;

    fjac[p][4][0] = 0.0;
    fjac[p][4][1] = C2;
    fjac[p][4][2] = 0.0;
    fjac[p][4][3] = 0.0;
    fjac[p][4][4] = C1 * (uc[1] * tmp1);

    njac[p][0][0] = 0.0;
    njac[p][0][1] = -CON43_C34 * tmp2 * uc[1];
    njac[p][0][2] = -C34 * tmp2 * uc[2];
    njac[p][0][3] = -C34 * tmp2 * uc[3];
    njac[p][0][4] = -(CON43_C34 - C1345) * tmp3 * (uc[1] * uc[1])
                 - (C34 - C1345) * tmp3 * (uc[2] * uc[2])
                 - (C34 - C1345) * tmp3 * (uc[3] * uc[3]) - C1345 * tmp2 * uc[4];

    njac[p][1][0] = 0.0;
    njac[p][1][1] = CON43_C34 * tmp1;
    njac[p][1][2] = 0.0;
    njac[p][1][3] = 0.0;
    njac[p][1][4] = (CON43_C34 - C1345) * tmp2 * uc[1];

    njac[p][2][0] = 0.0;
    njac[p][2][1] = 0.0;
    njac[p][2][2] = C34 * tmp1;
    njac[p][2][3] = 0.0;
    njac[p][2][4] = (C34 - C1345) * tmp2 * uc[2];

    njac[p][3][0] = 0.0;
    njac[p][3][1] = 0.0;
    njac[p][3][2] = 0.0;
    njac[p][3][3] = C34 * tmp1;
    njac[p][3][4] = (C34 - C1345) * tmp2 * uc[3];

    njac[p][4][0] = 0.0;
    njac[p][4][1] = 0.0;
    njac[p][4][2] = 0.0;
    njac[p][4][3] = 0.0;
    njac[p][4][4] = C1345 * tmp1;
}

/* The Jacobians along y at point (i, j, k), for position p of the line. */
static void jacobian_y(int p, int k, int j, int i)
{
    const double *uc = u[k][j][i];
    const double q = square[k][j][i], kk = qs[k][j][i];
    const double tmp1 = rho_i[k][j][i], tmp2 = tmp1 * tmp1, tmp3 = tmp1 * tmp2;

    fjac[p][0][0] = 0.0;
    fjac[p][0][1] = -(uc[1] * uc[2]) * tmp2;
    fjac[p][0][2] = -(uc[2] * uc[2]) * tmp2 + C2 * kk;
    fjac[p][0][3] = -(uc[3] * uc[2]) * tmp2;
    fjac[p][0][4] = (2.0 * C2 * q - C1 * uc[4]) * (uc[2] * tmp2);

    fjac[p][1][0] = 0.0;
    fjac[p][1][1] = uc[2] * tmp1;
    fjac[p][1][2] = -C2 * (uc[1] * tmp1);
    fjac[p][1][3] = 0.0;
    fjac[p][1][4] = -C2 * (uc[1] * uc[2]) * tmp2;

    fjac[p][2][0] = 1.0;
    fjac[p][2][1] = uc[1] * tmp1;
    fjac[p][2][2] = (2.0 - C2) * (uc[2] * tmp1);
    fjac[p][2][3] = uc[3] * tmp1;
    fjac[p][2][4] = C1 * uc[4] * tmp1 - C2 * (kk + uc[2] * uc[2] * tmp2);

    fjac[p][3][0] = 0.0;
    fjac[p][3][1] = 0.0;
    fjac[p][3][2] = -C2 * (uc[3] * tmp1);
    fjac[p][3][3] = uc[2] * tmp1;
    fjac[p][3][4] = -C2 * (uc[3] * uc[2]) * tmp2;

    fjac[p][4][0] = 0.0;
    fjac[p][4][1] = 0.0;
    fjac[p][4][2] = C2;
    fjac[p][4][3] = 0.0;
    fjac[p][4][4] = C1 * (uc[2] * tmp1);

    njac[p][0][0] = 0.0;
    njac[p][0][1] = -C34 * tmp2 * uc[1];
    njac[p][0][2] = -CON43_C34 * tmp2 * uc[2];
    njac[p][0][3] = -C34 * tmp2 * uc[3];
    njac[p][0][4] = -(C34 - C1345) * tmp3 * (uc[1] * uc[1])
                 - (CON43_C34 - C1345) * tmp3 * (uc[2] * uc[2])
                 - (C34 - C1345) * tmp3 * (uc[3] * uc[3]) - C1345 * tmp2 * uc[4];

    njac[p][1][0] = 0.0;
    njac[p][1][1] = C34 * tmp1;
    njac[p][1][2] = 0.0;
    njac[p][1][3] = 0.0;
    njac[p][1][4] = (C34 - C1345) * tmp2 * uc[1];

    njac[p][2][0] = 0.0;
    njac[p][2][1] = 0.0;
    njac[p][2][2] = CON43_C34 * tmp1;
    njac[p][2][3] = 0.0;
    njac[p][2][4] = (CON43_C34 - C1345) * tmp2 * uc[2];

    njac[p][3][0] = 0.0;
    njac[p][3][1] = 0.0;
    njac[p][3][2] = 0.0;
    njac[p][3][3] = C34 * tmp1;
    njac[p][3][4] = (C34 - C1345) * tmp2 * uc[3];

    njac[p][4][0] = 0.0;
    njac[p][4][1] = 0.0;
    njac[p][4][2] = 0.0;
    njac[p][4][3] = 0.0;
    njac[p][4][4] = C1345 * tmp1;
}

/* The Jacobians along z at point (i, j, k), for position p of the line. */
static void jacobian_z(int p, int k, int j, int i)
{
    const double *uc = u[k][j][i];
    const double q = square[k][j][i], kk = qs[k][j][i];
    const double tmp1 = rho_i[k][j][i], tmp2 = tmp1 * tmp1, tmp3 = tmp1 * tmp2;

    fjac[p][0][0] = 0.0;
    fjac[p][0][1] = -(uc[1] * uc[3]) * tmp2;
    fjac[p][0][2] = -(uc[2] * uc[3]) * tmp2;
    fjac[p][0][3] = -(uc[3] * uc[3]) * tmp2 + C2 * kk;
    fjac[p][0][4] = (2.0 * C2 * q - C1 * uc[4]) * (uc[3] * tmp2);

    fjac[p][1][0] = 0.0;
    fjac[p][1][1] = uc[3] * tmp1;
    fjac[p][1][2] = 0.0;
    fjac[p][1][3] = -C2 * (uc[1] * tmp1);
    fjac[p][1][4] = -C2 * (uc[1] * uc[3]) * tmp2;

    fjac[p][2][0] = 0.0;
    fjac[p][2][1] = 0.0;
    fjac[p][2][2] = uc[3] * tmp1;
    fjac[p][2][3] = -C2 * (uc[2] * tmp1);
    fjac[p][2][4] = -C2 * (uc[2] * uc[3]) * tmp2;

    fjac[p][3][0] = 1.0;
    fjac[p][3][1] = uc[1] * tmp1;
    fjac[p][3][2] = uc[2] * tmp1;
    fjac[p][3][3] = (2.0 - C2) * (uc[3] * tmp1);
    fjac[p][3][4] = C1 * uc[4] * tmp1 - C2 * (kk + uc[3] * uc[3] * tmp2);

    fjac[p][4][0] = 0.0;
    fjac[p][4][1] = 0.0;
    fjac[p][4][2] = 0.0;
    fjac[p][4][3] = C2;
    fjac[p][4][4] = C1 * (uc[3] * tmp1);

    njac[p][0][0] = 0.0;
    njac[p][0][1] = -C34 * tmp2 * uc[1];
    njac[p][0][2] = -C34 * tmp2 * uc[2];
    njac[p][0][3] = -CON43_C34 * tmp2 * uc[3];
    njac[p][0][4] = -(C34 - C1345) * tmp3 * (uc[1] * uc[1])
                 - (C34 - C1345) * tmp3 * (uc[2] * uc[2])
                 - (CON43_C34 - C1345) * tmp3 * (uc[3] * uc[3]) - C1345 * tmp2 * uc[4];

    njac[p][1][0] = 0.0;
    njac[p][1][1] = C34 * tmp1;
    njac[p][1][2] = 0.0;
    njac[p][1][3] = 0.0;
    njac[p][1][4] = (C34 - C1345) * tmp2 * uc[1];

    njac[p][2][0] = 0.0;
    njac[p][2][1] = 0.0;
    njac[p][2][2] = C34 * tmp1;
    njac[p][2][3] = 0.0;
    njac[p][2][4] = (C34 - C1345) * tmp2 * uc[2];

    njac[p][3][0] = 0.0;
    njac[p][3][1] = 0.0;
    njac[p][3][2] = 0.0;
    njac[p][3][3] = CON43_C34 * tmp1;
    njac[p][3][4] = (CON43_C34 - C1345) * tmp2 * uc[3];

    njac[p][4][0] = 0.0;
    njac[p][4][1] = 0.0;
    njac[p][4][2] = 0.0;
    njac[p][4][3] = 0.0;
    njac[p][4][4] = C1345 * tmp1;
}

/* Blocks of row p, from the Jacobians of its neighbours and its own: alpha = dt / (2h),
   beta = dt / h^2, and the diagonal diffusion d. */
static void assemble_blocks(int p, double alpha, double beta, double d)
{
    const double beta_d = beta * d;

    lhs[p][AA][0][0] = -alpha * fjac[p - 1][0][0] - beta * njac[p - 1][0][0] - beta_d;
    lhs[p][AA][0][1] = -alpha * fjac[p - 1][0][1] - beta * njac[p - 1][0][1];
    lhs[p][AA][0][2] = -alpha * fjac[p - 1][0][2] - beta * njac[p - 1][0][2];
    lhs[p][AA][0][3] = -alpha * fjac[p - 1][0][3] - beta * njac[p - 1][0][3];
    lhs[p][AA][0][4] = -alpha * fjac[p - 1][0][4] - beta * njac[p - 1][0][4];

    lhs[p][AA][1][0] = -alpha * fjac[p - 1][1][0] - beta * njac[p - 1][1][0];
    lhs[p][AA][1][1] = -alpha * fjac[p - 1][1][1] - beta * njac[p - 1][1][1] - beta_d;
    lhs[p][AA][1][2] = -alpha * fjac[p - 1][1][2] - beta * njac[p - 1][1][2];
    lhs[p][AA][1][3] = -alpha * fjac[p - 1][1][3] - beta * njac[p - 1][1][3];
    lhs[p][AA][1][4] = -alpha * fjac[p - 1][1][4] - beta * njac[p - 1][1][4];

    lhs[p][AA][2][0] = -alpha * fjac[p - 1][2][0] - beta * njac[p - 1][2][0];
    lhs[p][AA][2][1] = -alpha * fjac[p - 1][2][1] - beta * njac[p - 1][2][1];
    lhs[p][AA][2][2] = -alpha * fjac[p - 1][2][2] - beta * njac[p - 1][2][2] - beta_d;
    lhs[p][AA][2][3] = -alpha * fjac[p - 1][2][3] - beta * njac[p - 1][2][3];
    lhs[p][AA][2][4] = -alpha * fjac[p - 1][2][4] - beta * njac[p - 1][2][4];

    lhs[p][AA][3][0] = -alpha * fjac[p - 1][3][0] - beta * njac[p - 1][3][0];
    lhs[p][AA][3][1] = -alpha * fjac[p - 1][3][1] - beta * njac[p - 1][3][1];
    lhs[p][AA][3][2] = -alpha * fjac[p - 1][3][2] - beta * njac[p - 1][3][2];
    lhs[p][AA][3][3] = -alpha * fjac[p - 1][3][3] - beta * njac[p - 1][3][3] - beta_d;
    lhs[p][AA][3][4] = -alpha * fjac[p - 1][3][4] - beta * njac[p - 1][3][4];

    lhs[p][AA][4][0] = -alpha * fjac[p - 1][4][0] - beta * njac[p - 1][4][0];
    lhs[p][AA][4][1] = -alpha * fjac[p - 1][4][1] - beta * njac[p - 1][4][1];
    lhs[p][AA][4][2] = -alpha * fjac[p - 1][4][2] - beta * njac[p - 1][4][2];
    lhs[p][AA][4][3] = -alpha * fjac[p - 1][4][3] - beta * njac[p - 1][4][3];
    lhs[p][AA][4][4] = -alpha * fjac[p - 1][4][4] - beta * njac[p - 1][4][4] - beta_d;

    lhs[p][BB][0][0] = 2.0 * beta * njac[p][0][0] + 1.0 + 2.0 * beta_d;
    lhs[p][BB][0][1] = 2.0 * beta * njac[p][0][1];
    lhs[p][BB][0][2] = 2.0 * beta * njac[p][0][2];
    lhs[p][BB][0][3] = 2.0 * beta * njac[p][0][3];
    lhs[p][BB][0][4] = 2.0 * beta * njac[p][0][4];

    lhs[p][BB][1][0] = 2.0 * beta * njac[p][1][0];
    lhs[p][BB][1][1] = 2.0 * beta * njac[p][1][1] + 1.0 + 2.0 * beta_d;
    lhs[p][BB][1][2] = 2.0 * beta * njac[p][1][2];
    lhs[p][BB][1][3] = 2.0 * beta * njac[p][1][3];
    lhs[p][BB][1][4] = 2.0 * beta * njac[p][1][4];

    lhs[p][BB][2][0] = 2.0 * beta * njac[p][2][0];
    lhs[p][BB][2][1] = 2.0 * beta * njac[p][2][1];
    lhs[p][BB][2][2] = 2.0 * beta * njac[p][2][2] + 1.0 + 2.0 * beta_d;
    lhs[p][BB][2][3] = 2.0 * beta * njac[p][2][3];
    lhs[p][BB][2][4] = 2.0 * beta * njac[p][2][4];

    lhs[p][BB][3][0] = 2.0 * beta * njac[p][3][0];
    lhs[p][BB][3][1] = 2.0 * beta * njac[p][3][1];
    lhs[p][BB][3][2] = 2.0 * beta * njac[p][3][2];
    lhs[p][BB][3][3] = 2.0 * beta * njac[p][3][3] + 1.0 + 2.0 * beta_d;
    lhs[p][BB][3][4] = 2.0 * beta * njac[p][3][4];

    lhs[p][BB][4][0] = 2.0 * beta * njac[p][4][0];
    lhs[p][BB][4][1] = 2.0 * beta * njac[p][4][1];
    lhs[p][BB][4][2] = 2.0 * beta * njac[p][4][2];
    lhs[p][BB][4][3] = 2.0 * beta * njac[p][4][3];
    lhs[p][BB][4][4] = 2.0 * beta * njac[p][4][4] + 1.0 + 2.0 * beta_d;

    lhs[p][CC][0][0] = alpha * fjac[p + 1][0][0] - beta * njac[p + 1][0][0] - beta_d;
    lhs[p][CC][0][1] = alpha * fjac[p + 1][0][1] - beta * njac[p + 1][0][1];
    lhs[p][CC][0][2] = alpha * fjac[p + 1][0][2] - beta * njac[p + 1][0][2];
    lhs[p][CC][0][3] = alpha * fjac[p + 1][0][3] - beta * njac[p + 1][0][3];
    lhs[p][CC][0][4] = alpha * fjac[p + 1][0][4] - beta * njac[p + 1][0][4];

    lhs[p][CC][1][0] = alpha * fjac[p + 1][1][0] - beta * njac[p + 1][1][0];
    lhs[p][CC][1][1] = alpha * fjac[p + 1][1][1] - beta * njac[p + 1][1][1] - beta_d;
    lhs[p][CC][1][2] = alpha * fjac[p + 1][1][2] - beta * njac[p + 1][1][2];
    lhs[p][CC][1][3] = alpha * fjac[p + 1][1][3] - beta * njac[p + 1][1][3];
    lhs[p][CC][1][4] = alpha * fjac[p + 1][1][4] - beta * njac[p + 1][1][4];

    lhs[p][CC][2][0] = alpha * fjac[p + 1][2][0] - beta * njac[p + 1][2][0];
    lhs[p][CC][2][1] = alpha * fjac[p + 1][2][1] - beta * njac[p + 1][2][1];
    lhs[p][CC][2][2] = alpha * fjac[p + 1][2][2] - beta * njac[p + 1][2][2] - beta_d;
    lhs[p][CC][2][3] = alpha * fjac[p + 1][2][3] - beta * njac[p + 1][2][3];
    lhs[p][CC][2][4] = alpha * fjac[p + 1][2][4] - beta * njac[p + 1][2][4];

    lhs[p][CC][3][0] = alpha * fjac[p + 1][3][0] - beta * njac[p + 1][3][0];
    lhs[p][CC][3][1] = alpha * fjac[p + 1][3][1] - beta * njac[p + 1][3][1];
    lhs[p][CC][3][2] = alpha * fjac[p + 1][3][2] - beta * njac[p + 1][3][2];
    lhs[p][CC][3][3] = alpha * fjac[p + 1][3][3] - beta * njac[p + 1][3][3] - beta_d;
    lhs[p][CC][3][4] = alpha * fjac[p + 1][3][4] - beta * njac[p + 1][3][4];

    lhs[p][CC][4][0] = alpha * fjac[p + 1][4][0] - beta * njac[p + 1][4][0];
    lhs[p][CC][4][1] = alpha * fjac[p + 1][4][1] - beta * njac[p + 1][4][1];
    lhs[p][CC][4][2] = alpha * fjac[p + 1][4][2] - beta * njac[p + 1][4][2];
    lhs[p][CC][4][3] = alpha * fjac[p + 1][4][3] - beta * njac[p + 1][4][3];
    lhs[p][CC][4][4] = alpha * fjac[p + 1][4][4] - beta * njac[p + 1][4][4] - beta_d;
}

/* The identity row at an end of a line, where the boundary value stays as it is. */
static void identity_blocks(int p)
{
    for (int s = 0; s < 5; s++) {
        for (int r = 0; r < 5; r++) {
            lhs[p][AA][s][r] = 0.0;
            lhs[p][BB][s][r] = s == r ? 1.0 : 0.0;
            lhs[p][CC][s][r] = 0.0;
        }
    }
}

#endif
