/* LU's 5x5 blocks at one point, every entry written out with the Jacobians of the convective and the
   viscous flux folded in. Blocks are [column][row]: the five rows of a column are adjacent in memory. */
#ifndef LU_JACOBIANS_H
#define LU_JACOBIANS_H

#include "cfd_model.h"
#include "nas_config.h"

/* Viscous entries of the Jacobian along a direction: momentum along it (NORMAL) and across it
   (TANGENT), and what both leave in the energy's row. */
#define NORMAL (CON43 * C3C4)
#define TANGENT C3C4
#define NORMAL_E (NORMAL - C1345)
#define TANGENT_E (TANGENT - C1345)

/* The same, summed over the three directions with their 1/h^2, for each momentum component. */
#define SIGMA (TX1 + TY1 + TZ1)
#define SIGMA_1 (NORMAL * TX1 + TANGENT * (TY1 + TZ1))
#define SIGMA_2 (NORMAL * TY1 + TANGENT * (TX1 + TZ1))
#define SIGMA_3 (NORMAL * TZ1 + TANGENT * (TX1 + TY1))
#define TAU_1 (NORMAL_E * TX1 + TANGENT_E * (TY1 + TZ1))
#define TAU_2 (NORMAL_E * TY1 + TANGENT_E * (TX1 + TZ1))
#define TAU_3 (NORMAL_E * TZ1 + TANGENT_E * (TX1 + TY1))
#define DIFFUSION (DX_TX1 + DY_TY1 + DZ_TZ1)

/* d = I + 2 dt (viscous and artificial diffusion of all directions), at the point itself. */
static void block_diagonal(double dt, const double *NAS_PTR uc, double irho, double (*NAS_PTR d)[5])
{
    const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho, e = uc[4] * irho;
    const double dt2 = 2.0 * dt;
    const double unit = 1.0 + dt2 * DIFFUSION;

    d[0][0] = unit;
    d[0][1] = -dt2 * SIGMA_1 * v1 * irho;
    d[0][2] = -dt2 * SIGMA_2 * v2 * irho;
    d[0][3] = -dt2 * SIGMA_3 * v3 * irho;
    d[0][4] = -dt2 * irho * (TAU_1 * v1 * v1 + TAU_2 * v2 * v2 + TAU_3 * v3 * v3 + SIGMA * C1345 * e);

    d[1][0] = 0.0;
    d[1][1] = unit + dt2 * SIGMA_1 * irho;
    d[1][2] = 0.0;
    d[1][3] = 0.0;
    d[1][4] = dt2 * TAU_1 * v1 * irho;

    d[2][0] = 0.0;
    d[2][1] = 0.0;
    d[2][2] = unit + dt2 * SIGMA_2 * irho;
    d[2][3] = 0.0;
    d[2][4] = dt2 * TAU_2 * v2 * irho;

    d[3][0] = 0.0;
    d[3][1] = 0.0;
    d[3][2] = 0.0;
    d[3][3] = unit + dt2 * SIGMA_3 * irho;
    d[3][4] = dt2 * TAU_3 * v3 * irho;

    d[4][0] = 0.0;
    d[4][1] = 0.0;
    d[4][2] = 0.0;
    d[4][3] = 0.0;
    d[4][4] = unit + dt2 * SIGMA * C1345 * irho;
}

/* The block of a neighbour along x: alpha * convective Jacobian - beta * (viscous Jacobian + diffusion),
   all at that neighbour. alpha is dt / (2h) for the next point and -dt / (2h) for the previous one,
   beta is dt / h^2. */
static void block_x(double alpha, double beta, const double *NAS_PTR uc, double irho, double q,
                    double (*NAS_PTR a)[5])
{
    const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho, e = uc[4] * irho;
    const double kk = q * irho;
    const double diffusion = beta * DX;

    a[0][0] = -diffusion;
    a[0][1] = alpha * (C2 * kk - v1 * v1) + beta * NORMAL * v1 * irho;
    a[0][2] = -alpha * v2 * v1 + beta * TANGENT * v2 * irho;
    a[0][3] = -alpha * v3 * v1 + beta * TANGENT * v3 * irho;
    a[0][4] = alpha * (2.0 * C2 * kk - C1 * e) * v1
              + beta * irho * (NORMAL_E * v1 * v1 + TANGENT_E * v2 * v2 + TANGENT_E * v3 * v3 + C1345 * e);

    a[1][0] = alpha;
    a[1][1] = alpha * (2.0 - C2) * v1 - beta * NORMAL * irho - diffusion;
    a[1][2] = alpha * v2;
    a[1][3] = alpha * v3;
    a[1][4] = alpha * (C1 * e - C2 * (kk + v1 * v1)) - beta * NORMAL_E * v1 * irho;

    a[2][0] = 0.0;
    a[2][1] = -alpha * C2 * v2;
    a[2][2] = alpha * v1 - beta * TANGENT * irho - diffusion;
    a[2][3] = 0.0;
    a[2][4] = -alpha * C2 * v2 * v1 - beta * TANGENT_E * v2 * irho;

    a[3][0] = 0.0;
    a[3][1] = -alpha * C2 * v3;
    a[3][2] = 0.0;
    a[3][3] = alpha * v1 - beta * TANGENT * irho - diffusion;
    a[3][4] = -alpha * C2 * v3 * v1 - beta * TANGENT_E * v3 * irho;

    a[4][0] = 0.0;
    a[4][1] = alpha * C2;
    a[4][2] = 0.0;
    a[4][3] = 0.0;
    a[4][4] = alpha * C1 * v1 - beta * C1345 * irho - diffusion;
}

/* The block of a neighbour along y. */
static void block_y(double alpha, double beta, const double *NAS_PTR uc, double irho, double q,
                    double (*NAS_PTR a)[5])
{
    const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho, e = uc[4] * irho;
    const double kk = q * irho;
    const double diffusion = beta * DY;

    a[0][0] = -diffusion;
    a[0][1] = -alpha * v1 * v2 + beta * TANGENT * v1 * irho;
    a[0][2] = alpha * (C2 * kk - v2 * v2) + beta * NORMAL * v2 * irho;
    a[0][3] = -alpha * v3 * v2 + beta * TANGENT * v3 * irho;
    a[0][4] = alpha * (2.0 * C2 * kk - C1 * e) * v2
              + beta * irho * (TANGENT_E * v1 * v1 + NORMAL_E * v2 * v2 + TANGENT_E * v3 * v3 + C1345 * e);

    a[1][0] = 0.0;
    a[1][1] = alpha * v2 - beta * TANGENT * irho - diffusion;
    a[1][2] = -alpha * C2 * v1;
    a[1][3] = 0.0;
    a[1][4] = -alpha * C2 * v1 * v2 - beta * TANGENT_E * v1 * irho;

    a[2][0] = alpha;
    a[2][1] = alpha * v1;
    a[2][2] = alpha * (2.0 - C2) * v2 - beta * NORMAL * irho - diffusion;
    a[2][3] = alpha * v3;
    a[2][4] = alpha * (C1 * e - C2 * (kk + v2 * v2)) - beta * NORMAL_E * v2 * irho;

    a[3][0] = 0.0;
    a[3][1] = 0.0;
    a[3][2] = -alpha * C2 * v3;
    a[3][3] = alpha * v2 - beta * TANGENT * irho - diffusion;
    a[3][4] = -alpha * C2 * v3 * v2 - beta * TANGENT_E * v3 * irho;

    a[4][0] = 0.0;
    a[4][1] = 0.0;
    a[4][2] = alpha * C2;
    a[4][3] = 0.0;
    a[4][4] = alpha * C1 * v2 - beta * C1345 * irho - diffusion;
}

/* The block of a neighbour along z. */
static void block_z(double alpha, double beta, const double *NAS_PTR uc, double irho, double q,
                    double (*NAS_PTR a)[5])
{
    const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho, e = uc[4] * irho;
    const double kk = q * irho;
    const double diffusion = beta * DZ;

    a[0][0] = -diffusion;
    a[0][1] = -alpha * v1 * v3 + beta * TANGENT * v1 * irho;
    a[0][2] = -alpha * v2 * v3 + beta * TANGENT * v2 * irho;
    a[0][3] = alpha * (C2 * kk - v3 * v3) + beta * NORMAL * v3 * irho;
    a[0][4] = alpha * (2.0 * C2 * kk - C1 * e) * v3
              + beta * irho * (TANGENT_E * v1 * v1 + TANGENT_E * v2 * v2 + NORMAL_E * v3 * v3 + C1345 * e);

    a[1][0] = 0.0;
    a[1][1] = alpha * v3 - beta * TANGENT * irho - diffusion;
    a[1][2] = 0.0;
    a[1][3] = -alpha * C2 * v1;
    a[1][4] = -alpha * C2 * v1 * v3 - beta * TANGENT_E * v1 * irho;

    a[2][0] = 0.0;
    a[2][1] = 0.0;
    a[2][2] = alpha * v3 - beta * TANGENT * irho - diffusion;
    a[2][3] = -alpha * C2 * v2;
    a[2][4] = -alpha * C2 * v2 * v3 - beta * TANGENT_E * v2 * irho;

    a[3][0] = alpha;
    a[3][1] = alpha * v1;
    a[3][2] = alpha * v2;
    a[3][3] = alpha * (2.0 - C2) * v3 - beta * NORMAL * irho - diffusion;
    a[3][4] = alpha * (C1 * e - C2 * (kk + v3 * v3)) - beta * NORMAL_E * v3 * irho;

    a[4][0] = 0.0;
    a[4][1] = 0.0;
    a[4][2] = 0.0;
    a[4][3] = alpha * C2;
    a[4][4] = alpha * C1 * v3 - beta * C1345 * irho - diffusion;
}

#endif
