/* The lower and the upper sweep of the symmetric successive over-relaxation, plane by plane. */
#ifndef LU_SWEEP_H
#define LU_SWEEP_H

#include "lu_jacobians.h"
#include "lu_kernels.h"
#include "lu_residual.h"

/* Blocks of one plane, at [j][i]: c, b and a belong to the neighbours along x, y and z in the lower
   sweep; in the upper sweep a and c change places. d is the diagonal. */
static double a[N][N_PAD][5][5];
static double b[N][N_PAD][5][5];
static double c[N][N_PAD][5][5];
static double d[N][N_PAD][5][5];

static double tv[N][N][5]; /* right-hand sides of one plane in the upper sweep */

/* Blocks of the lower sweep in plane k. */
static void jacld(int k, double dt)
{
    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            block_diagonal(dt, u[k][j][i], rho_i[k][j][i], d[j][i]);
            block_z(-dt * TZ2, dt * TZ1, u[k - 1][j][i], rho_i[k - 1][j][i], qs[k - 1][j][i], a[j][i]);
            block_y(-dt * TY2, dt * TY1, u[k][j - 1][i], rho_i[k][j - 1][i], qs[k][j - 1][i], b[j][i]);
            block_x(-dt * TX2, dt * TX1, u[k][j][i - 1], rho_i[k][j][i - 1], qs[k][j][i - 1], c[j][i]);
        }
    }
}

/* Blocks of the upper sweep in plane k. */
static void jacu(int k, double dt)
{
    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            block_diagonal(dt, u[k][j][i], rho_i[k][j][i], d[j][i]);
            block_x(dt * TX2, dt * TX1, u[k][j][i + 1], rho_i[k][j][i + 1], qs[k][j][i + 1], a[j][i]);
            block_y(dt * TY2, dt * TY1, u[k][j + 1][i], rho_i[k][j + 1][i], qs[k][j + 1][i], b[j][i]);
            block_z(dt * TZ2, dt * TZ1, u[k + 1][j][i], rho_i[k + 1][j][i], qs[k + 1][j][i], c[j][i]);
        }
    }
}

/* Lower solve of plane k: each point takes in its neighbours at k - 1, j - 1 and i - 1. */
static void blts(int k)
{
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            lower_plane(a[j][i], rhs[k - 1][j][i], rhs[k][j][i]);

    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            double t[5];
            lower_neighbours(b[j][i], rhs[k][j - 1][i], c[j][i], rhs[k][j][i - 1], rhs[k][j][i], t);
            solve_block(d[j][i], t);
            rhs[k][j][i][0] = t[0];
            rhs[k][j][i][1] = t[1];
            rhs[k][j][i][2] = t[2];
            rhs[k][j][i][3] = t[3];
            rhs[k][j][i][4] = t[4];
        }
    }
}

/* Upper solve of plane k: each point takes in its neighbours at k + 1, j + 1 and i + 1. */
static void buts(int k)
{
    for (int j = 1; j <= N - 2; j++)
        for (int i = 1; i <= N - 2; i++)
            upper_plane(c[j][i], rhs[k + 1][j][i], tv[j][i]);

    for (int j = N - 2; j >= 1; j--) {
        for (int i = N - 2; i >= 1; i--) {
            double *t = tv[j][i];
            upper_neighbours(b[j][i], rhs[k][j + 1][i], a[j][i], rhs[k][j][i + 1], t);
            solve_block(d[j][i], t);
            rhs[k][j][i][0] = rhs[k][j][i][0] - t[0];
            rhs[k][j][i][1] = rhs[k][j][i][1] - t[1];
            rhs[k][j][i][2] = rhs[k][j][i][2] - t[2];
            rhs[k][j][i][3] = rhs[k][j][i][3] - t[3];
            rhs[k][j][i][4] = rhs[k][j][i][4] - t[4];
        }
    }
}

static void lower_sweep(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        jacld(k, dt);
        blts(k);
    }
}

static void upper_sweep(double dt)
{
    for (int k = N - 2; k >= 1; k--) {
        jacu(k, dt);
        buts(k);
    }
}

#endif
