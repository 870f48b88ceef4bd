/* The residual of LU, forcing + R(u), by fluxes along lines; it is kept in rhs, and zero on the boundary.
   Equal to the point formulas of cfd_rhs.h up to round-off. */
#ifndef LU_RESIDUAL_H
#define LU_RESIDUAL_H

#include <string.h>

#include "cfd_points.h"

static double rho_i[N][N_PAD][N_PAD]; /* 1 / density */
static double qs[N][N_PAD][N_PAD];    /* q: kinetic energy density */

/* Work arrays of one line, indexed by the position along it. */
static double flux[N][5];
static double u_line[N][5]; /* copies of a z-line, whose points are a plane apart */
static double rho_i_line[N];
static double rhs_line[N][5];

static void start_residual(void)
{
    for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) {
            for (int i = 0; i < N; i++) {
                const double *uc = u[k][j][i];
                const double irho = 1.0 / uc[0];
                rhs[k][j][i][0] = forcing[k][j][i][0];
                rhs[k][j][i][1] = forcing[k][j][i][1];
                rhs[k][j][i][2] = forcing[k][j][i][2];
                rhs[k][j][i][3] = forcing[k][j][i][3];
                rhs[k][j][i][4] = forcing[k][j][i][4];
                rho_i[k][j][i] = irho;
                qs[k][j][i] = 0.5 * (uc[1] * uc[1] + uc[2] * uc[2] + uc[3] * uc[3]) * irho;
            }
        }
    }
}

/* Along x-lines: convective fluxes at the points and their central differences, viscous differences
   between neighbours and their differences with the second differences of u, dissipation. */
static void residual_x(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 0; i <= N - 1; i++) {
                const double *uc = u[k][j][i];
                const double q = qs[k][j][i], v = uc[1] * rho_i[k][j][i];
                flux[i][0] = uc[1];
                flux[i][1] = uc[1] * v + C2 * (uc[4] - q);
                flux[i][2] = uc[2] * v;
                flux[i][3] = uc[3] * v;
                flux[i][4] = (C1 * uc[4] - C2 * q) * v;
            }
            for (int i = 1; i <= N - 2; i++) {
                double *r = rhs[k][j][i];
                r[0] = r[0] - TX2 * (flux[i + 1][0] - flux[i - 1][0]);
                r[1] = r[1] - TX2 * (flux[i + 1][1] - flux[i - 1][1]);
                r[2] = r[2] - TX2 * (flux[i + 1][2] - flux[i - 1][2]);
                r[3] = r[3] - TX2 * (flux[i + 1][3] - flux[i - 1][3]);
                r[4] = r[4] - TX2 * (flux[i + 1][4] - flux[i - 1][4]);
            }

            for (int i = 1; i <= N - 1; i++) {
                const double *uc = u[k][j][i], *um = u[k][j][i - 1];
                const double irho = rho_i[k][j][i], irho_m = rho_i[k][j][i - 1];
                const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho;
                const double v1_m = um[1] * irho_m, v2_m = um[2] * irho_m, v3_m = um[3] * irho_m;
                const double e = uc[4] * irho, e_m = um[4] * irho_m;
                const double vv = v1 * v1 + v2 * v2 + v3 * v3, vv_m = v1_m * v1_m + v2_m * v2_m + v3_m * v3_m;
                flux[i][1] = CON43 * TX3 * (v1 - v1_m);
                flux[i][2] = TX3 * (v2 - v2_m);
                flux[i][3] = TX3 * (v3 - v3_m);
                flux[i][4] = 0.5 * CONZ1 * TX3 * (vv - vv_m)
                             + CON16 * TX3 * (v1 * v1 - v1_m * v1_m) + C1C5 * TX3 * (e - e_m);
            }
            for (int i = 1; i <= N - 2; i++) {
                const double *um = u[k][j][i - 1], *uc = u[k][j][i], *up = u[k][j][i + 1];
                double *r = rhs[k][j][i];
                r[0] = r[0] + DX_TX1 * (up[0] - 2.0 * uc[0] + um[0]);
                r[1] = r[1] + DX_TX1 * (up[1] - 2.0 * uc[1] + um[1]) + TX3 * C3C4 * (flux[i + 1][1] - flux[i][1]);
                r[2] = r[2] + DX_TX1 * (up[2] - 2.0 * uc[2] + um[2]) + TX3 * C3C4 * (flux[i + 1][2] - flux[i][2]);
                r[3] = r[3] + DX_TX1 * (up[3] - 2.0 * uc[3] + um[3]) + TX3 * C3C4 * (flux[i + 1][3] - flux[i][3]);
                r[4] = r[4] + DX_TX1 * (up[4] - 2.0 * uc[4] + um[4]) + TX3 * C3C4 * (flux[i + 1][4] - flux[i][4]);
            }

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

/* The same along y-lines. */
static void residual_y(void)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int j = 0; j <= N - 1; j++) {
                const double *uc = u[k][j][i];
                const double q = qs[k][j][i], v = uc[2] * rho_i[k][j][i];
                flux[j][0] = uc[2];
                flux[j][1] = uc[1] * v;
                flux[j][2] = uc[2] * v + C2 * (uc[4] - q);
                flux[j][3] = uc[3] * v;
                flux[j][4] = (C1 * uc[4] - C2 * q) * v;
            }
            for (int j = 1; j <= N - 2; j++) {
                double *r = rhs[k][j][i];
                r[0] = r[0] - TY2 * (flux[j + 1][0] - flux[j - 1][0]);
                r[1] = r[1] - TY2 * (flux[j + 1][1] - flux[j - 1][1]);
                r[2] = r[2] - TY2 * (flux[j + 1][2] - flux[j - 1][2]);
                r[3] = r[3] - TY2 * (flux[j + 1][3] - flux[j - 1][3]);
                r[4] = r[4] - TY2 * (flux[j + 1][4] - flux[j - 1][4]);
            }

            for (int j = 1; j <= N - 1; j++) {
                const double *uc = u[k][j][i], *um = u[k][j - 1][i];
                const double irho = rho_i[k][j][i], irho_m = rho_i[k][j - 1][i];
                const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho;
                const double v1_m = um[1] * irho_m, v2_m = um[2] * irho_m, v3_m = um[3] * irho_m;
                const double e = uc[4] * irho, e_m = um[4] * irho_m;
                const double vv = v1 * v1 + v2 * v2 + v3 * v3, vv_m = v1_m * v1_m + v2_m * v2_m + v3_m * v3_m;
                flux[j][1] = TY3 * (v1 - v1_m);
                flux[j][2] = CON43 * TY3 * (v2 - v2_m);
                flux[j][3] = TY3 * (v3 - v3_m);
                flux[j][4] = 0.5 * CONZ1 * TY3 * (vv - vv_m)
                             + CON16 * TY3 * (v2 * v2 - v2_m * v2_m) + C1C5 * TY3 * (e - e_m);
            }
            for (int j = 1; j <= N - 2; j++) {
                const double *um = u[k][j - 1][i], *uc = u[k][j][i], *up = u[k][j + 1][i];
                double *r = rhs[k][j][i];
                r[0] = r[0] + DY_TY1 * (up[0] - 2.0 * uc[0] + um[0]);
                r[1] = r[1] + DY_TY1 * (up[1] - 2.0 * uc[1] + um[1]) + TY3 * C3C4 * (flux[j + 1][1] - flux[j][1]);
                r[2] = r[2] + DY_TY1 * (up[2] - 2.0 * uc[2] + um[2]) + TY3 * C3C4 * (flux[j + 1][2] - flux[j][2]);
                r[3] = r[3] + DY_TY1 * (up[3] - 2.0 * uc[3] + um[3]) + TY3 * C3C4 * (flux[j + 1][3] - flux[j][3]);
                r[4] = r[4] + DY_TY1 * (up[4] - 2.0 * uc[4] + um[4]) + TY3 * C3C4 * (flux[j + 1][4] - flux[j][4]);
            }

            CFD_DISSIPATE_FIRST(rhs[k][1][i], u[k][1][i], u[k][2][i], u[k][3][i]);
            CFD_DISSIPATE_SECOND(rhs[k][2][i], u[k][1][i], u[k][2][i], u[k][3][i], u[k][4][i]);
            for (int j = 3; j <= N - 4; j++)
                CFD_DISSIPATE_INNER(rhs[k][j][i], u[k][j - 2][i], u[k][j - 1][i], u[k][j][i], u[k][j + 1][i],
                                    u[k][j + 2][i]);
            CFD_DISSIPATE_LAST_BUT_ONE(rhs[k][N - 3][i], u[k][N - 5][i], u[k][N - 4][i], u[k][N - 3][i],
                                       u[k][N - 2][i]);
            CFD_DISSIPATE_LAST(rhs[k][N - 2][i], u[k][N - 4][i], u[k][N - 3][i], u[k][N - 2][i]);
        }
    }
}

/* The same along z-lines, from copies of them. */
static void residual_z(void)
{
    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int k = 0; k <= N - 1; k++) {
                u_line[k][0] = u[k][j][i][0];
                u_line[k][1] = u[k][j][i][1];
                u_line[k][2] = u[k][j][i][2];
                u_line[k][3] = u[k][j][i][3];
                u_line[k][4] = u[k][j][i][4];
                rhs_line[k][0] = rhs[k][j][i][0];
                rhs_line[k][1] = rhs[k][j][i][1];
                rhs_line[k][2] = rhs[k][j][i][2];
                rhs_line[k][3] = rhs[k][j][i][3];
                rhs_line[k][4] = rhs[k][j][i][4];
                rho_i_line[k] = rho_i[k][j][i];
            }

            for (int k = 0; k <= N - 1; k++) {
                const double *uc = u_line[k];
                const double q = qs[k][j][i], v = uc[3] * rho_i_line[k];
                flux[k][0] = uc[3];
                flux[k][1] = uc[1] * v;
                flux[k][2] = uc[2] * v;
                flux[k][3] = uc[3] * v + C2 * (uc[4] - q);
                flux[k][4] = (C1 * uc[4] - C2 * q) * v;
            }
            for (int k = 1; k <= N - 2; k++) {
                double *r = rhs_line[k];
                r[0] = r[0] - TZ2 * (flux[k + 1][0] - flux[k - 1][0]);
                r[1] = r[1] - TZ2 * (flux[k + 1][1] - flux[k - 1][1]);
                r[2] = r[2] - TZ2 * (flux[k + 1][2] - flux[k - 1][2]);
                r[3] = r[3] - TZ2 * (flux[k + 1][3] - flux[k - 1][3]);
                r[4] = r[4] - TZ2 * (flux[k + 1][4] - flux[k - 1][4]);
            }

            for (int k = 1; k <= N - 1; k++) {
                const double *uc = u_line[k], *um = u_line[k - 1];
                const double irho = rho_i_line[k], irho_m = rho_i_line[k - 1];
                const double v1 = uc[1] * irho, v2 = uc[2] * irho, v3 = uc[3] * irho;
                const double v1_m = um[1] * irho_m, v2_m = um[2] * irho_m, v3_m = um[3] * irho_m;
                const double e = uc[4] * irho, e_m = um[4] * irho_m;
                const double vv = v1 * v1 + v2 * v2 + v3 * v3, vv_m = v1_m * v1_m + v2_m * v2_m + v3_m * v3_m;
                flux[k][1] = TZ3 * (v1 - v1_m);
                flux[k][2] = TZ3 * (v2 - v2_m);
                flux[k][3] = CON43 * TZ3 * (v3 - v3_m);
                flux[k][4] = 0.5 * CONZ1 * TZ3 * (vv - vv_m)
                             + CON16 * TZ3 * (v3 * v3 - v3_m * v3_m) + C1C5 * TZ3 * (e - e_m);
            }
            for (int k = 1; k <= N - 2; k++) {
                const double *um = u_line[k - 1], *uc = u_line[k], *up = u_line[k + 1];
                double *r = rhs_line[k];
                r[0] = r[0] + DZ_TZ1 * (up[0] - 2.0 * uc[0] + um[0]);
                r[1] = r[1] + DZ_TZ1 * (up[1] - 2.0 * uc[1] + um[1]) + TZ3 * C3C4 * (flux[k + 1][1] - flux[k][1]);
                r[2] = r[2] + DZ_TZ1 * (up[2] - 2.0 * uc[2] + um[2]) + TZ3 * C3C4 * (flux[k + 1][2] - flux[k][2]);
                r[3] = r[3] + DZ_TZ1 * (up[3] - 2.0 * uc[3] + um[3]) + TZ3 * C3C4 * (flux[k + 1][3] - flux[k][3]);
                r[4] = r[4] + DZ_TZ1 * (up[4] - 2.0 * uc[4] + um[4]) + TZ3 * C3C4 * (flux[k + 1][4] - flux[k][4]);
            }

            CFD_DISSIPATE_FIRST(rhs_line[1], u_line[1], u_line[2], u_line[3]);
            CFD_DISSIPATE_SECOND(rhs_line[2], u_line[1], u_line[2], u_line[3], u_line[4]);
            for (int k = 3; k <= N - 4; k++)
                CFD_DISSIPATE_INNER(rhs_line[k], u_line[k - 2], u_line[k - 1], u_line[k], u_line[k + 1],
                                    u_line[k + 2]);
            CFD_DISSIPATE_LAST_BUT_ONE(rhs_line[N - 3], u_line[N - 5], u_line[N - 4], u_line[N - 3],
                                       u_line[N - 2]);
            CFD_DISSIPATE_LAST(rhs_line[N - 2], u_line[N - 4], u_line[N - 3], u_line[N - 2]);

            for (int k = 1; k <= N - 2; k++) {
                rhs[k][j][i][0] = rhs_line[k][0];
                rhs[k][j][i][1] = rhs_line[k][1];
                rhs[k][j][i][2] = rhs_line[k][2];
                rhs[k][j][i][3] = rhs_line[k][3];
                rhs[k][j][i][4] = rhs_line[k][4];
            }
        }
    }
}

/* rhs = forcing + R(u) inside, 0 on the boundary. */
static void compute_residual(void)
{
    start_residual();
    residual_x();
    residual_y();
    residual_z();
}

/* forcing = -R(exact field); leaves the exact field in u. */
static inline void set_forcing(void)
{
    cfd_set_exact();
    memset(forcing, 0, sizeof forcing);
    compute_residual();
    cfd_forcing_from_rhs();
}

#endif
