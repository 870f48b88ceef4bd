/* The manufactured compressible-flow problem that BT, SP and LU integrate: constants, grid
   arrays, exact field and initial state. The program defines CFD_N, the points per direction. */
#ifndef CFD_MODEL_H
#define CFD_MODEL_H

#include <stdbool.h>

#define N CFD_N
#define N_PAD (2 * (N / 2) + 1) /* odd, so that no stride is a power of two */

#define C1 CFD_C1
#define C2 CFD_C2
#define C3C4 (CFD_C3 * CFD_C4)
#define C1C5 (CFD_C1 * CFD_C5)
#define C1345 (C1C5 * C3C4)
#define CON43 (4.0 / 3.0)
#define CON16 (1.0 / 6.0)
#define CONZ1 (1.0 - C1C5)
#define DSSP CFD_DSSP

/* 1/h^2, 1/(2h) and 1/h in each direction. */
#define TX1 ((N - 1.0) * (N - 1.0))
#define TY1 TX1
#define TZ1 TX1
#define TX2 (0.5 * (N - 1.0))
#define TY2 TX2
#define TZ2 TX2
#define TX3 (N - 1.0)
#define TY3 TX3
#define TZ3 TX3

#define DX CFD_D_X
#define DY CFD_D_Y
#define DZ CFD_D_Z
#define DX_TX1 (DX * TX1)
#define DY_TY1 (DY * TY1)
#define DZ_TZ1 (DZ * TZ1)

/* Viscous coefficients k1..k5 of each direction. */
#define XK2 (C3C4 * TX3 * TX3)
#define XK1 (CON43 * XK2)
#define XK3 (CONZ1 * XK2)
#define XK4 (CON16 * XK2)
#define XK5 (C1C5 * XK2)
#define YK2 (C3C4 * TY3 * TY3)
#define YK1 (CON43 * YK2)
#define YK3 (CONZ1 * YK2)
#define YK4 (CON16 * YK2)
#define YK5 (C1C5 * YK2)
#define ZK2 (C3C4 * TZ3 * TZ3)
#define ZK1 (CON43 * ZK2)
#define ZK3 (CONZ1 * ZK2)
#define ZK4 (CON16 * ZK2)
#define ZK5 (C1C5 * ZK2)

/* All fields are [k][j][i]: i (x) varies fastest, then j (y), then k (z). Vector fields hold
   density, three momenta and energy of a point side by side. */
static double u[N][N_PAD][N_PAD][5];
static double rhs[N][N_PAD][N_PAD][5];
static double forcing[N][N_PAD][N_PAD][5];

static const double cfd_ce[5][13] = CFD_CE;

static inline double cfd_coordinate(int index)
{
    return index / (N - 1.0);
}

/* The exact field, polynomials of degree four in each coordinate. */
static inline void cfd_exact(double xi, double eta, double zeta, double value[5])
{
    for (int m = 0; m < 5; m++) {
        const double *c = cfd_ce[m];
        value[m] = c[0] + xi * (c[1] + xi * (c[4] + xi * (c[7] + xi * c[10])))
                   + eta * (c[2] + eta * (c[5] + eta * (c[8] + eta * c[11])))
                   + zeta * (c[3] + zeta * (c[6] + zeta * (c[9] + zeta * c[12])));
    }
}

static inline void cfd_set_exact(void)
{
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++)
                cfd_exact(cfd_coordinate(i), cfd_coordinate(j), cfd_coordinate(k), u[k][j][i]);
}

/* The interior of the initial state: face values interpolated along each direction, then blended.
   The blend multiplies the values themselves; it is not transfinite interpolation. */
static inline void cfd_blend(double xi, double eta, double zeta, double value[5])
{
    double west[5], east[5], south[5], north[5], bottom[5], top[5];
    cfd_exact(0.0, eta, zeta, west);
    cfd_exact(1.0, eta, zeta, east);
    cfd_exact(xi, 0.0, zeta, south);
    cfd_exact(xi, 1.0, zeta, north);
    cfd_exact(xi, eta, 0.0, bottom);
    cfd_exact(xi, eta, 1.0, top);
    for (int m = 0; m < 5; m++) {
        const double px = (1.0 - xi) * west[m] + xi * east[m];
        const double py = (1.0 - eta) * south[m] + eta * north[m];
        const double pz = (1.0 - zeta) * bottom[m] + zeta * top[m];
        value[m] = px + py + pz - px * py - px * pz - py * pz + px * py * pz;
    }
}

/* u = the exact field on the faces, the blend inside. */
static inline void cfd_set_initial(void)
{
    cfd_set_exact();
    for (int k = 1; k <= N - 2; k++)
        for (int j = 1; j <= N - 2; j++)
            for (int i = 1; i <= N - 2; i++)
                cfd_blend(cfd_coordinate(i), cfd_coordinate(j), cfd_coordinate(k), u[k][j][i]);
}

#endif
