/* The block-tridiagonal solves along the lines of each direction. */
#ifndef BT_SOLVE_H
#define BT_SOLVE_H

#include "bt_jacobians.h"
#include "bt_kernels.h"

/* Rows of the system along one line; the Jacobians of all its points are in place. */
static void assemble_line(double alpha, double beta, double d)
{
    identity_blocks(0);
    for (int p = 1; p <= N - 2; p++)
        assemble_blocks(p, alpha, beta, d);
    identity_blocks(N - 1);
}

/* rhs = inverse(implicit operator along x) rhs */
static void x_solve(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 0; i <= N - 1; i++)
                jacobian_x(i, k, j, i);
            assemble_line(dt * TX2, dt * TX1, DX);

            binvcrhs(lhs[0][BB], lhs[0][CC], rhs[k][j][0]);
            for (int i = 1; i <= N - 2; i++) {
                matvec_sub(lhs[i][AA], rhs[k][j][i - 1], rhs[k][j][i]);
                matmul_sub(lhs[i][AA], lhs[i - 1][CC], lhs[i][BB]);
                binvcrhs(lhs[i][BB], lhs[i][CC], rhs[k][j][i]);
            }
            matvec_sub(lhs[N - 1][AA], rhs[k][j][N - 2], rhs[k][j][N - 1]);
            matmul_sub(lhs[N - 1][AA], lhs[N - 2][CC], lhs[N - 1][BB]);
            binvrhs(lhs[N - 1][BB], rhs[k][j][N - 1]);

            for (int i = N - 2; i >= 0; i--)
                for (int r = 0; r < 5; r++)
                    for (int s = 0; s < 5; s++)
                        rhs[k][j][i][r] = rhs[k][j][i][r] - lhs[i][CC][s][r] * rhs[k][j][i + 1][s];
        }
    }
}

/* rhs = inverse(implicit operator along y) rhs */
static void y_solve(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int j = 0; j <= N - 1; j++)
                jacobian_y(j, k, j, i);
            assemble_line(dt * TY2, dt * TY1, DY);

            binvcrhs(lhs[0][BB], lhs[0][CC], rhs[k][0][i]);
            for (int j = 1; j <= N - 2; j++) {
                matvec_sub(lhs[j][AA], rhs[k][j - 1][i], rhs[k][j][i]);
                matmul_sub(lhs[j][AA], lhs[j - 1][CC], lhs[j][BB]);
                binvcrhs(lhs[j][BB], lhs[j][CC], rhs[k][j][i]);
            }
            matvec_sub(lhs[N - 1][AA], rhs[k][N - 2][i], rhs[k][N - 1][i]);
            matmul_sub(lhs[N - 1][AA], lhs[N - 2][CC], lhs[N - 1][BB]);
            binvrhs(lhs[N - 1][BB], rhs[k][N - 1][i]);

            for (int j = N - 2; j >= 0; j--)
                for (int r = 0; r < 5; r++)
                    for (int s = 0; s < 5; s++)
                        rhs[k][j][i][r] = rhs[k][j][i][r] - lhs[j][CC][s][r] * rhs[k][j + 1][i][s];
        }
    }
}

/* rhs = inverse(implicit operator along z) rhs */
static void z_solve(double dt)
{
    for (int j = 1; j <= N - 2; j++) {
        for (int i = 1; i <= N - 2; i++) {
            for (int k = 0; k <= N - 1; k++)
                jacobian_z(k, k, j, i);
            assemble_line(dt * TZ2, dt * TZ1, DZ);

            binvcrhs(lhs[0][BB], lhs[0][CC], rhs[0][j][i]);
            for (int k = 1; k <= N - 2; k++) {
                matvec_sub(lhs[k][AA], rhs[k - 1][j][i], rhs[k][j][i]);
                matmul_sub(lhs[k][AA], lhs[k - 1][CC], lhs[k][BB]);
                binvcrhs(lhs[k][BB], lhs[k][CC], rhs[k][j][i]);
            }
            matvec_sub(lhs[N - 1][AA], rhs[N - 2][j][i], rhs[N - 1][j][i]);
            matmul_sub(lhs[N - 1][AA], lhs[N - 2][CC], lhs[N - 1][BB]);
            binvrhs(lhs[N - 1][BB], rhs[N - 1][j][i]);

            for (int k = N - 2; k >= 0; k--)
                for (int r = 0; r < 5; r++)
                    for (int s = 0; s < 5; s++)
                        rhs[k][j][i][r] = rhs[k][j][i][r] - lhs[k][CC][s][r] * rhs[k + 1][j][i][s];
        }
    }
}

#endif
