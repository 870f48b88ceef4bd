/* The pentadiagonal solves along the lines of each direction, a plane of lines at a time. The lines
   of x run along the rows of the work arrays, those of y and z across them. */
#ifndef SP_SOLVE_H
#define SP_SOLVE_H

#include "cfd_rhs.h"
#include "sp_kernels.h"

/* The three systems: [j][i] in a plane of x or y lines, [k][i] in a plane of z lines. */
static double lhs[N_PAD][N_PAD][5];
static double lhsp[N_PAD][N_PAD][5];
static double lhsm[N_PAD][N_PAD][5];

/* rhs = inverse(implicit operators along x) rhs */
static void x_solve(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 0; i <= N - 1; i++) {
                cv[i] = us[k][j][i];
                cs[i] = speed[k][j][i];
                rhon[i] = spectral_bound(rho_i[k][j][i], DX);
            }
            identity_row(lhs[j][0], lhsp[j][0], lhsm[j][0]);
            for (int i = 1; i <= N - 2; i++)
                fill_row(i, dt * TX2, dt * TX1, dt * DSSP, lhs[j][i], lhsp[j][i], lhsm[j][i]);
            identity_row(lhs[j][N - 1], lhsp[j][N - 1], lhsm[j][N - 1]);
        }

        for (int j = 1; j <= N - 2; j++) {
            for (int i = 0; i <= N - 3; i++)
                eliminate_base(lhs[j][i], lhs[j][i + 1], lhs[j][i + 2], rhs[k][j][i], rhs[k][j][i + 1],
                               rhs[k][j][i + 2]);
            eliminate_base_next(lhs[j][N - 2], lhs[j][N - 1], rhs[k][j][N - 2], rhs[k][j][N - 1]);
        }

        for (int j = 1; j <= N - 2; j++) {
            for (int i = 0; i <= N - 3; i++)
                eliminate_sound(lhsp[j][i], lhsp[j][i + 1], lhsp[j][i + 2], lhsm[j][i], lhsm[j][i + 1],
                                lhsm[j][i + 2], rhs[k][j][i], rhs[k][j][i + 1], rhs[k][j][i + 2]);
            eliminate_sound_next(lhsp[j][N - 2], lhsp[j][N - 1], lhsm[j][N - 2], lhsm[j][N - 1],
                                 rhs[k][j][N - 2], rhs[k][j][N - 1]);
        }

        for (int j = 1; j <= N - 2; j++) {
            solve_last(lhs[j][N - 1], lhsp[j][N - 1], lhsm[j][N - 1], rhs[k][j][N - 1]);
            substitute_next(lhs[j][N - 2], lhsp[j][N - 2], lhsm[j][N - 2], rhs[k][j][N - 2], rhs[k][j][N - 1]);
            for (int i = N - 3; i >= 0; i--)
                substitute(lhs[j][i], lhsp[j][i], lhsm[j][i], rhs[k][j][i], rhs[k][j][i + 1], rhs[k][j][i + 2]);
        }
    }
}

/* rhs = inverse(implicit operators along y) rhs */
static void y_solve(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int j = 0; j <= N - 1; j++) {
                cv[j] = vs[k][j][i];
                cs[j] = speed[k][j][i];
                rhon[j] = spectral_bound(rho_i[k][j][i], DY);
            }
            identity_row(lhs[0][i], lhsp[0][i], lhsm[0][i]);
            for (int j = 1; j <= N - 2; j++)
                fill_row(j, dt * TY2, dt * TY1, dt * DSSP, lhs[j][i], lhsp[j][i], lhsm[j][i]);
            identity_row(lhs[N - 1][i], lhsp[N - 1][i], lhsm[N - 1][i]);
        }

        for (int j = 0; j <= N - 3; j++)
            for (int i = 1; i <= N - 2; i++)
                eliminate_base(lhs[j][i], lhs[j + 1][i], lhs[j + 2][i], rhs[k][j][i], rhs[k][j + 1][i],
                               rhs[k][j + 2][i]);
        for (int i = 1; i <= N - 2; i++)
            eliminate_base_next(lhs[N - 2][i], lhs[N - 1][i], rhs[k][N - 2][i], rhs[k][N - 1][i]);

        for (int j = 0; j <= N - 3; j++)
            for (int i = 1; i <= N - 2; i++)
                eliminate_sound(lhsp[j][i], lhsp[j + 1][i], lhsp[j + 2][i], lhsm[j][i], lhsm[j + 1][i],
                                lhsm[j + 2][i], rhs[k][j][i], rhs[k][j + 1][i], rhs[k][j + 2][i]);
        for (int i = 1; i <= N - 2; i++)
            eliminate_sound_next(lhsp[N - 2][i], lhsp[N - 1][i], lhsm[N - 2][i], lhsm[N - 1][i],
                                 rhs[k][N - 2][i], rhs[k][N - 1][i]);

        for (int i = 1; i <= N - 2; i++)
            solve_last(lhs[N - 1][i], lhsp[N - 1][i], lhsm[N - 1][i], rhs[k][N - 1][i]);
        for (int i = 1; i <= N - 2; i++)
            substitute_next(lhs[N - 2][i], lhsp[N - 2][i], lhsm[N - 2][i], rhs[k][N - 2][i], rhs[k][N - 1][i]);
        for (int j = N - 3; j >= 0; j--)
            for (int i = 1; i <= N - 2; i++)
                substitute(lhs[j][i], lhsp[j][i], lhsm[j][i], rhs[k][j][i], rhs[k][j + 1][i], rhs[k][j + 2][i]);
    }
}

/* rhs = inverse(implicit operators along z) rhs */
static void z_solve(double dt)
{
    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int k = 0; k <= N - 1; k++) {
                cv[k] = ws[k][j][i];
                cs[k] = speed[k][j][i];
                rhon[k] = spectral_bound(rho_i[k][j][i], DZ);
            }
            identity_row(lhs[0][i], lhsp[0][i], lhsm[0][i]);
            for (int k = 1; k <= N - 2; k++)
                fill_row(k, dt * TZ2, dt * TZ1, dt * DSSP, lhs[k][i], lhsp[k][i], lhsm[k][i]);
            identity_row(lhs[N - 1][i], lhsp[N - 1][i], lhsm[N - 1][i]);
        }

        for (int k = 0; k <= N - 3; k++)
            for (int i = 1; i <= N - 2; i++)
                eliminate_base(lhs[k][i], lhs[k + 1][i], lhs[k + 2][i], rhs[k][j][i], rhs[k + 1][j][i],
                               rhs[k + 2][j][i]);
        for (int i = 1; i <= N - 2; i++)
            eliminate_base_next(lhs[N - 2][i], lhs[N - 1][i], rhs[N - 2][j][i], rhs[N - 1][j][i]);

        for (int k = 0; k <= N - 3; k++)
            for (int i = 1; i <= N - 2; i++)
                eliminate_sound(lhsp[k][i], lhsp[k + 1][i], lhsp[k + 2][i], lhsm[k][i], lhsm[k + 1][i],
                                lhsm[k + 2][i], rhs[k][j][i], rhs[k + 1][j][i], rhs[k + 2][j][i]);
        for (int i = 1; i <= N - 2; i++)
            eliminate_sound_next(lhsp[N - 2][i], lhsp[N - 1][i], lhsm[N - 2][i], lhsm[N - 1][i],
                                 rhs[N - 2][j][i], rhs[N - 1][j][i]);

        for (int i = 1; i <= N - 2; i++)
            solve_last(lhs[N - 1][i], lhsp[N - 1][i], lhsm[N - 1][i], rhs[N - 1][j][i]);
        for (int i = 1; i <= N - 2; i++)
            substitute_next(lhs[N - 2][i], lhsp[N - 2][i], lhsm[N - 2][i], rhs[N - 2][j][i], rhs[N - 1][j][i]);
        for (int k = N - 3; k >= 0; k--)
            for (int i = 1; i <= N - 2; i++)
                substitute(lhs[k][i], lhsp[k][i], lhsm[k][i], rhs[k][j][i], rhs[k + 1][j][i], rhs[k + 2][j][i]);
    }
}

#endif
