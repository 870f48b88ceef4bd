/* What the right-hand sides of BT and SP and of LU are both made from: rows of the dissipation,
   and passes over all points. */
#ifndef CFD_POINTS_H
#define CFD_POINTS_H

#include "cfd_model.h"

/* Rows of the fourth-difference dissipation along a line: r is the point's rhs, f0 its state, fm1
   and fm2 the states of the points before it, fp1 and fp2 of those after it. The first two rows and
   the last two leave out what is on the boundary. */
#define CFD_DISSIPATE_FIRST(r, f0, fp1, fp2) \
    do { \
        r[0] = r[0] - DSSP * (5.0 * f0[0] - 4.0 * fp1[0] + fp2[0]); \
        r[1] = r[1] - DSSP * (5.0 * f0[1] - 4.0 * fp1[1] + fp2[1]); \
        r[2] = r[2] - DSSP * (5.0 * f0[2] - 4.0 * fp1[2] + fp2[2]); \
        r[3] = r[3] - DSSP * (5.0 * f0[3] - 4.0 * fp1[3] + fp2[3]); \
        r[4] = r[4] - DSSP * (5.0 * f0[4] - 4.0 * fp1[4] + fp2[4]); \
    } while (0)

#define CFD_DISSIPATE_SECOND(r, fm1, f0, fp1, fp2) \
    do { \
        r[0] = r[0] - DSSP * (-4.0 * fm1[0] + 6.0 * f0[0] - 4.0 * fp1[0] + fp2[0]); \
        r[1] = r[1] - DSSP * (-4.0 * fm1[1] + 6.0 * f0[1] - 4.0 * fp1[1] + fp2[1]); \
        r[2] = r[2] - DSSP * (-4.0 * fm1[2] + 6.0 * f0[2] - 4.0 * fp1[2] + fp2[2]); \
        r[3] = r[3] - DSSP * (-4.0 * fm1[3] + 6.0 * f0[3] - 4.0 * fp1[3] + fp2[3]); \
        r[4] = r[4] - DSSP * (-4.0 * fm1[4] + 6.0 * f0[4] - 4.0 * fp1[4] + fp2[4]); \
    } while (0)

#define CFD_DISSIPATE_INNER(r, fm2, fm1, f0, fp1, fp2) \
    do { \
        r[0] = r[0] - DSSP * (fm2[0] - 4.0 * fm1[0] + 6.0 * f0[0] - 4.0 * fp1[0] + fp2[0]); \
        r[1] = r[1] - DSSP * (fm2[1] - 4.0 * fm1[1] + 6.0 * f0[1] - 4.0 * fp1[1] + fp2[1]); \
        r[2] = r[2] - DSSP * (fm2[2] - 4.0 * fm1[2] + 6.0 * f0[2] - 4.0 * fp1[2] + fp2[2]); \
        r[3] = r[3] - DSSP * (fm2[3] - 4.0 * fm1[3] + 6.0 * f0[3] - 4.0 * fp1[3] + fp2[3]); \
        r[4] = r[4] - DSSP * (fm2[4] - 4.0 * fm1[4] + 6.0 * f0[4] - 4.0 * fp1[4] + fp2[4]); \
    } while (0)

#define CFD_DISSIPATE_LAST_BUT_ONE(r, fm2, fm1, f0, fp1) \
    do { \
        r[0] = r[0] - DSSP * (fm2[0] - 4.0 * fm1[0] + 6.0 * f0[0] - 4.0 * fp1[0]); \
        r[1] = r[1] - DSSP * (fm2[1] - 4.0 * fm1[1] + 6.0 * f0[1] - 4.0 * fp1[1]); \
        r[2] = r[2] - DSSP * (fm2[2] - 4.0 * fm1[2] + 6.0 * f0[2] - 4.0 * fp1[2]); \
        r[3] = r[3] - DSSP * (fm2[3] - 4.0 * fm1[3] + 6.0 * f0[3] - 4.0 * fp1[3]); \
        r[4] = r[4] - DSSP * (fm2[4] - 4.0 * fm1[4] + 6.0 * f0[4] - 4.0 * fp1[4]); \
    } while (0)

#define CFD_DISSIPATE_LAST(r, fm2, fm1, f0) \
    do { \
        r[0] = r[0] - DSSP * (fm2[0] - 4.0 * fm1[0] + 5.0 * f0[0]); \
        r[1] = r[1] - DSSP * (fm2[1] - 4.0 * fm1[1] + 5.0 * f0[1]); \
        r[2] = r[2] - DSSP * (fm2[2] - 4.0 * fm1[2] + 5.0 * f0[2]); \
        r[3] = r[3] - DSSP * (fm2[3] - 4.0 * fm1[3] + 5.0 * f0[3]); \
        r[4] = r[4] - DSSP * (fm2[4] - 4.0 * fm1[4] + 5.0 * f0[4]); \
    } while (0)

static void cfd_scale_rhs(double dt)
{
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                rhs[k][j][i][0] = rhs[k][j][i][0] * dt;
                rhs[k][j][i][1] = rhs[k][j][i][1] * dt;
                rhs[k][j][i][2] = rhs[k][j][i][2] * dt;
                rhs[k][j][i][3] = rhs[k][j][i][3] * dt;
                rhs[k][j][i][4] = rhs[k][j][i][4] * dt;
            }
        }
    }
}

/* forcing = -rhs inside: the rest of what makes the exact field steady, once rhs is its R(u). */
static inline void cfd_forcing_from_rhs(void)
{
    for (int k = 1; k <= N - 2; k++)
        for (int j = 1; j <= N - 2; j++)
            for (int i = 1; i <= N - 2; i++)
                for (int m = 0; m < 5; m++)
                    forcing[k][j][i][m] = -rhs[k][j][i][m];
}

#endif
