/* Norms, verification and checksum of the programs built on cfd_model.h. */
#ifndef CFD_NORMS_H
#define CFD_NORMS_H

#include "cfd_model.h"
#include "nas_report.h"

/* Both norms divide by the number of interior points, whatever is summed. */
static inline void cfd_root_mean(double sum[5])
{
    for (int m = 0; m < 5; m++)
        sum[m] = sqrt(sum[m] / ((N - 2.0) * (N - 2.0) * (N - 2.0)));
}

/* RMS of u minus the exact field, summed over all points, boundary included. */
static inline void cfd_error_norm(double norm[5])
{
    double exact[5];
    for (int m = 0; m < 5; m++)
        norm[m] = 0.0;
    for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) {
            for (int i = 0; i < N; i++) {
                cfd_exact(cfd_coordinate(i), cfd_coordinate(j), cfd_coordinate(k), exact);
                for (int m = 0; m < 5; m++)
                    norm[m] += (u[k][j][i][m] - exact[m]) * (u[k][j][i][m] - exact[m]);
            }
        }
    }
    cfd_root_mean(norm);
}

/* RMS of rhs over the interior points. */
static inline void cfd_rhs_norm(double norm[5])
{
    for (int m = 0; m < 5; m++)
        norm[m] = 0.0;
    for (int k = 1; k <= N - 2; k++)
        for (int j = 1; j <= N - 2; j++)
            for (int i = 1; i <= N - 2; i++)
                for (int m = 0; m < 5; m++)
                    norm[m] += rhs[k][j][i][m] * rhs[k][j][i][m];
    cfd_root_mean(norm);
}

/* Print and judge the five residual norms and the five error norms. */
static inline bool cfd_verify(const double xcr[5], const double xcr_ref[5], const double xce[5],
                              const double xce_ref[5], double tolerance)
{
    bool verified = true;
    for (int m = 0; m < 5; m++)
        verified = nas_check("xcr", m, xcr[m], xcr_ref[m], tolerance) && verified;
    for (int m = 0; m < 5; m++)
        verified = nas_check("xce", m, xce[m], xce_ref[m], tolerance) && verified;
    return verified;
}

/* Over u and rhs, without the padding. */
static inline uint64_t cfd_result_bits(void)
{
    uint64_t hash = NAS_FNV_START;
    for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) {
            hash = nas_fnv(hash, u[k][j], N * sizeof u[k][j][0]);
            hash = nas_fnv(hash, rhs[k][j], N * sizeof rhs[k][j][0]);
        }
    }
    return hash;
}

#endif
