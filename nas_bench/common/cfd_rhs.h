/* The right-hand side dt * (forcing + R(u)) by point formulas, as BT and SP evaluate it, the
   forcing that makes the exact field steady, and the update of u. A program that defines
   CFD_WITH_SPEED also gets the speed of sound at every point. */
#ifndef CFD_RHS_H
#define CFD_RHS_H

#include <math.h>
#include <string.h>

#include "cfd_points.h"

static double rho_i[N][N_PAD][N_PAD];  /* 1 / density */
static double us[N][N_PAD][N_PAD];     /* velocity components */
static double vs[N][N_PAD][N_PAD];
static double ws[N][N_PAD][N_PAD];
static double square[N][N_PAD][N_PAD]; /* q: kinetic energy density */
static double qs[N][N_PAD][N_PAD];     /* K: half the squared speed */
#ifdef CFD_WITH_SPEED
static double speed[N][N_PAD][N_PAD];  /* of sound */
#endif

static void cfd_scalars(void)
{
    for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) {
            for (int i = 0; i < N; i++) {
                const double irho = 1.0 / u[k][j][i][0];
                rho_i[k][j][i] = irho;
                us[k][j][i] = u[k][j][i][1] * irho;
                vs[k][j][i] = u[k][j][i][2] * irho;
                ws[k][j][i] = u[k][j][i][3] * irho;
                square[k][j][i] = 0.5 * (u[k][j][i][1] * u[k][j][i][1] + u[k][j][i][2] * u[k][j][i][2]
                                         + u[k][j][i][3] * u[k][j][i][3]) * irho;
                qs[k][j][i] = square[k][j][i] * irho;
#ifdef CFD_WITH_SPEED
                speed[k][j][i] = sqrt(C1 * C2 * irho * (u[k][j][i][4] - square[k][j][i]));
#endif
            }
        }
    }
}

static void cfd_copy_forcing(void)
{
    for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) {
            for (int i = 0; i < N; i++) {
                rhs[k][j][i][0] = forcing[k][j][i][0];
                rhs[k][j][i][1] = forcing[k][j][i][1];
                rhs[k][j][i][2] = forcing[k][j][i][2];
                rhs[k][j][i][3] = forcing[k][j][i][3];
                rhs[k][j][i][4] = forcing[k][j][i][4];
            }
        }
    }
}

/* Diffusion, viscous and convective terms along x. Suffixes: p the next point, c this one,
   m the previous one; v is the velocity along the direction. */
static void cfd_flux_x(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                const double *um = u[k][j][i - 1], *uc = u[k][j][i], *up = u[k][j][i + 1];
                double *r = rhs[k][j][i];
                const double vp = us[k][j][i + 1], vc = us[k][j][i], vm = us[k][j][i - 1];

                r[0] = r[0] + DX_TX1 * (up[0] - 2.0 * uc[0] + um[0]) - TX2 * (up[1] - um[1]);
                r[1] = r[1] + DX_TX1 * (up[1] - 2.0 * uc[1] + um[1]) + XK1 * (vp - 2.0 * vc + vm)
                       - TX2 * (up[1] * vp - um[1] * vm
                                + C2 * (up[4] - square[k][j][i + 1] - um[4] + square[k][j][i - 1]));
                r[2] = r[2] + DX_TX1 * (up[2] - 2.0 * uc[2] + um[2])
                       + XK2 * (vs[k][j][i + 1] - 2.0 * vs[k][j][i] + vs[k][j][i - 1])
                       - TX2 * (up[2] * vp - um[2] * vm);
                r[3] = r[3] + DX_TX1 * (up[3] - 2.0 * uc[3] + um[3])
                       + XK2 * (ws[k][j][i + 1] - 2.0 * ws[k][j][i] + ws[k][j][i - 1])
                       - TX2 * (up[3] * vp - um[3] * vm);
                r[4] = r[4] + DX_TX1 * (up[4] - 2.0 * uc[4] + um[4])
                       + XK3 * (qs[k][j][i + 1] - 2.0 * qs[k][j][i] + qs[k][j][i - 1])
                       + XK4 * (vp * vp - 2.0 * vc * vc + vm * vm)
                       + XK5 * (up[4] * rho_i[k][j][i + 1] - 2.0 * uc[4] * rho_i[k][j][i]
                                + um[4] * rho_i[k][j][i - 1])
                       - TX2 * ((C1 * up[4] - C2 * square[k][j][i + 1]) * vp
                                - (C1 * um[4] - C2 * square[k][j][i - 1]) * vm);
            }
        }
    }
}

/* Diffusion, viscous and convective terms along y. */
static void cfd_flux_y(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                const double *um = u[k][j - 1][i], *uc = u[k][j][i], *up = u[k][j + 1][i];
                double *r = rhs[k][j][i];
                const double vp = vs[k][j + 1][i], vc = vs[k][j][i], vm = vs[k][j - 1][i];

                r[0] = r[0] + DY_TY1 * (up[0] - 2.0 * uc[0] + um[0]) - TY2 * (up[2] - um[2]);
                r[1] = r[1] + DY_TY1 * (up[1] - 2.0 * uc[1] + um[1])
                       + YK2 * (us[k][j + 1][i] - 2.0 * us[k][j][i] + us[k][j - 1][i])
                       - TY2 * (up[1] * vp - um[1] * vm);
                r[2] = r[2] + DY_TY1 * (up[2] - 2.0 * uc[2] + um[2]) + YK1 * (vp - 2.0 * vc + vm)
                       - TY2 * (up[2] * vp - um[2] * vm
                                + C2 * (up[4] - square[k][j + 1][i] - um[4] + square[k][j - 1][i]));
                r[3] = r[3] + DY_TY1 * (up[3] - 2.0 * uc[3] + um[3])
                       + YK2 * (ws[k][j + 1][i] - 2.0 * ws[k][j][i] + ws[k][j - 1][i])
                       - TY2 * (up[3] * vp - um[3] * vm);
                r[4] = r[4] + DY_TY1 * (up[4] - 2.0 * uc[4] + um[4])
                       + YK3 * (qs[k][j + 1][i] - 2.0 * qs[k][j][i] + qs[k][j - 1][i])
                       + YK4 * (vp * vp - 2.0 * vc * vc + vm * vm)
                       + YK5 * (up[4] * rho_i[k][j + 1][i] - 2.0 * uc[4] * rho_i[k][j][i]
                                + um[4] * rho_i[k][j - 1][i])
                       - TY2 * ((C1 * up[4] - C2 * square[k][j + 1][i]) * vp
                                - (C1 * um[4] - C2 * square[k][j - 1][i]) * vm);
            }
        }
    }
}

/* Diffusion, viscous and convective terms along z. */
static void cfd_flux_z(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                const double *um = u[k - 1][j][i], *uc = u[k][j][i], *up = u[k + 1][j][i];
                double *r = rhs[k][j][i];
                const double vp = ws[k + 1][j][i], vc = ws[k][j][i], vm = ws[k - 1][j][i];

                r[0] = r[0] + DZ_TZ1 * (up[0] - 2.0 * uc[0] + um[0]) - TZ2 * (up[3] - um[3]);
                r[1] = r[1] + DZ_TZ1 * (up[1] - 2.0 * uc[1] + um[1])
                       + ZK2 * (us[k + 1][j][i] - 2.0 * us[k][j][i] + us[k - 1][j][i])
                       - TZ2 * (up[1] * vp - um[1] * vm);
                r[2] = r[2] + DZ_TZ1 * (up[2] - 2.0 * uc[2] + um[2])
                       + ZK2 * (vs[k + 1][j][i] - 2.0 * vs[k][j][i] + vs[k - 1][j][i])
                       - TZ2 * (up[2] * vp - um[2] * vm);
                r[3] = r[3] + DZ_TZ1 * (up[3] - 2.0 * uc[3] + um[3]) + ZK1 * (vp - 2.0 * vc + vm)
                       - TZ2 * (up[3] * vp - um[3] * vm
                                + C2 * (up[4] - square[k + 1][j][i] - um[4] + square[k - 1][j][i]));
                r[4] = r[4] + DZ_TZ1 * (up[4] - 2.0 * uc[4] + um[4])
                       + ZK3 * (qs[k + 1][j][i] - 2.0 * qs[k][j][i] + qs[k - 1][j][i])
                       + ZK4 * (vp * vp - 2.0 * vc * vc + vm * vm)
                       + ZK5 * (up[4] * rho_i[k + 1][j][i] - 2.0 * uc[4] * rho_i[k][j][i]
                                + um[4] * rho_i[k - 1][j][i])
                       - TZ2 * ((C1 * up[4] - C2 * square[k + 1][j][i]) * vp
                                - (C1 * um[4] - C2 * square[k - 1][j][i]) * vm);
            }
        }
    }
}

static void cfd_dissipate_x(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            CFD_DISSIPATE_FIRST(rhs[k][j][1], u[k][j][1], u[k][j][2], u[k][j][3]);
            CFD_DISSIPATE_SECOND(rhs[k][j][2], u[k][j][1], u[k][j][2], u[k][j][3], u[k][j][4]);
            for (int i = 3; i <= N - 4; i++)
                CFD_DISSIPATE_INNER(rhs[k][j][i], u[k][j][i - 2], u[k][j][i - 1], u[k][j][i], u[k][j][i + 1],
                                    u[k][j][i + 2]);
            CFD_DISSIPATE_LAST_BUT_ONE(rhs[k][j][N - 3], u[k][j][N - 5], u[k][j][N - 4], u[k][j][N - 3],
                                       u[k][j][N - 2]);
            CFD_DISSIPATE_LAST(rhs[k][j][N - 2], u[k][j][N - 4], u[k][j][N - 3], u[k][j][N - 2]);
        }
    }
}

static void cfd_dissipate_y(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_FIRST(rhs[k][1][i], u[k][1][i], u[k][2][i], u[k][3][i]);
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_SECOND(rhs[k][2][i], u[k][1][i], u[k][2][i], u[k][3][i], u[k][4][i]);
        for (int j = 3; j <= N - 4; j++)
            for (int i = 1; i <= N - 2; i++)
                CFD_DISSIPATE_INNER(rhs[k][j][i], u[k][j - 2][i], u[k][j - 1][i], u[k][j][i], u[k][j + 1][i],
                                    u[k][j + 2][i]);
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_LAST_BUT_ONE(rhs[k][N - 3][i], u[k][N - 5][i], u[k][N - 4][i], u[k][N - 3][i],
                                       u[k][N - 2][i]);
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_LAST(rhs[k][N - 2][i], u[k][N - 4][i], u[k][N - 3][i], u[k][N - 2][i]);
    }
}

static void cfd_dissipate_z(void)
{
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_FIRST(rhs[1][j][i], u[1][j][i], u[2][j][i], u[3][j][i]);
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_SECOND(rhs[2][j][i], u[1][j][i], u[2][j][i], u[3][j][i], u[4][j][i]);
    for (int k = 3; k <= N - 4; k++)
        for (int j = 1; j <= N - 2; j++)
            for (int i = 1; i <= N - 2; i++)
                CFD_DISSIPATE_INNER(rhs[k][j][i], u[k - 2][j][i], u[k - 1][j][i], u[k][j][i], u[k + 1][j][i],
                                    u[k + 2][j][i]);
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_LAST_BUT_ONE(rhs[N - 3][j][i], u[N - 5][j][i], u[N - 4][j][i], u[N - 3][j][i],
                                       u[N - 2][j][i]);
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            CFD_DISSIPATE_LAST(rhs[N - 2][j][i], u[N - 4][j][i], u[N - 3][j][i], u[N - 2][j][i]);
}

/* rhs = dt * (forcing + R(u)) inside, 0 on the boundary. */
static void cfd_compute_rhs(double dt)
{
    cfd_scalars();
    cfd_copy_forcing();
    cfd_flux_x();
    cfd_dissipate_x();
    cfd_flux_y();
    cfd_dissipate_y();
    cfd_flux_z();
    cfd_dissipate_z();
    cfd_scale_rhs(dt);
}

/* forcing = -R(exact field); leaves the exact field in u. */
static inline void cfd_set_forcing(void)
{
    cfd_set_exact();
    memset(forcing, 0, sizeof forcing);
    cfd_compute_rhs(1.0);
    cfd_forcing_from_rhs();
}

/* u += rhs inside */
static void cfd_add(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                u[k][j][i][0] = u[k][j][i][0] + rhs[k][j][i][0];
                u[k][j][i][1] = u[k][j][i][1] + rhs[k][j][i][1];
                u[k][j][i][2] = u[k][j][i][2] + rhs[k][j][i][2];
                u[k][j][i][3] = u[k][j][i][3] + rhs[k][j][i][3];
                u[k][j][i][4] = u[k][j][i][4] + rhs[k][j][i][4];
            }
        }
    }
}

#endif
