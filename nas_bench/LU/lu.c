/* LU: the compressible-flow model marched by symmetric successive over-relaxation with 5x5 blocks. */
#include "nas_config.h"

#define CFD_N LU_N
#include "cfd_norms.h"
#include "lu_sweep.h"

/* u += rhs / (omega (2 - omega)) inside */
static void add(void)
{
    const double factor = 1.0 / (OMEGA * (2.0 - OMEGA));
    for (int k = 1; k <= N - 2; k++) {
        for (int j = 1; j <= N - 2; j++) {
            for (int i = 1; i <= N - 2; i++) {
                u[k][j][i][0] = u[k][j][i][0] + factor * rhs[k][j][i][0];
                u[k][j][i][1] = u[k][j][i][1] + factor * rhs[k][j][i][1];
                u[k][j][i][2] = u[k][j][i][2] + factor * rhs[k][j][i][2];
                u[k][j][i][3] = u[k][j][i][3] + factor * rhs[k][j][i][3];
                u[k][j][i][4] = u[k][j][i][4] + factor * rhs[k][j][i][4];
            }
        }
    }
}

/* One step; rhs is the residual of u before it and after it. */
static void step(void)
{
    cfd_scale_rhs(LU_DT);
    lower_sweep(LU_DT);
    upper_sweep(LU_DT);
    add();
    compute_residual();
}

static void set_initial(void)
{
    cfd_set_initial();
    compute_residual();
}

static double pressure(int k, int j, int i)
{
    const double *uc = u[k][j][i];
    return C2 * (uc[4] - 0.5 * (uc[1] * uc[1] + uc[2] * uc[2] + uc[3] * uc[3]) / uc[0]);
}

/* The pressure over the faces of a box, by the trapezoidal rule. The box is i = 1..N-2, j = 1..N-3,
   k = 2..N-2: not symmetric, but so specified. */
static double surface_integral(void)
{
    static const int k_faces[2] = {2, N - 2}, j_faces[2] = {1, N - 3}, i_faces[2] = {1, N - 2};
    double sum = 0.0;
    for (int face = 0; face < 2; face++) {
        const int k = k_faces[face];
        for (int j = 1; j <= N - 4; j++)
            for (int i = 1; i <= N - 3; i++)
                sum += pressure(k, j, i) + pressure(k, j, i + 1) + pressure(k, j + 1, i) + pressure(k, j + 1, i + 1);
    }
    for (int face = 0; face < 2; face++) {
        const int j = j_faces[face];
        for (int k = 2; k <= N - 3; k++)
            for (int i = 1; i <= N - 3; i++)
                sum += pressure(k, j, i) + pressure(k, j, i + 1) + pressure(k + 1, j, i) + pressure(k + 1, j, i + 1);
    }
    for (int face = 0; face < 2; face++) {
        const int i = i_faces[face];
        for (int k = 2; k <= N - 3; k++)
            for (int j = 1; j <= N - 4; j++)
                sum += pressure(k, j, i) + pressure(k, j + 1, i) + pressure(k + 1, j, i) + pressure(k + 1, j + 1, i);
    }
    return 0.25 * sum / TX1;
}

/* The specification also checks dt; here dt, size and number of steps are the class's by construction.
   The error norm may run over all points, for it is zero on the boundary. */
static bool verify(void)
{
    static const double xcr_ref[5] = LU_REF_XCR;
    static const double xce_ref[5] = LU_REF_XCE;
    double xcr[5], xce[5];
    cfd_rhs_norm(xcr);
    cfd_error_norm(xce);
    const bool norms = cfd_verify(xcr, xcr_ref, xce, xce_ref, LU_TOLERANCE);
    return nas_check("xci", 0, surface_integral(), LU_REF_XCI, LU_TOLERANCE) && norms;
}

static double operation_count(void)
{
    const double n = N;
    return LU_NITER * (1984.77 * n * n * n - 10923.3 * n * n + 27770.9 * n - 144010.0);
}

int main(void)
{
    nas_result result = {
        .benchmark = "LU",
        .size = {N, N, N},
        .iterations = LU_NITER,
        .operations = operation_count(),
        .op_type = "floating point",
    };
    set_forcing();
    set_initial();
    step(); /* untimed */
    set_initial();

    nas_timer_clear(0);
    nas_timer_start(0);
    for (int t = 0; t < LU_NITER; t++)
        step();
    nas_timer_stop(0);

    result.verified = verify();
    result.seconds = nas_timer_read(0);
    result.checksum = cfd_result_bits();
    return nas_finish(&result);
}
