/* SP: the compressible-flow model marched by an implicit scheme in factors, each diagonalized into
   scalar pentadiagonal systems along the lines of one direction. */
#include "nas_config.h"

#define CFD_N SP_N
#define CFD_WITH_SPEED
#include "cfd_norms.h"
#include "sp_solve.h"
#include "sp_transforms.h"

static void step(void)
{
    cfd_compute_rhs(SP_DT);
    txinvr();
    x_solve(SP_DT);
    ninvr();
    y_solve(SP_DT);
    pinvr();
    z_solve(SP_DT);
    tzetar();
    cfd_add();
}

/* The specification also checks dt; here dt, size and number of steps are the class's by construction. */
static bool verify(void)
{
    static const double xcr_ref[5] = SP_REF_XCR;
    static const double xce_ref[5] = SP_REF_XCE;
    double xcr[5], xce[5];
    cfd_error_norm(xce);
    cfd_compute_rhs(SP_DT);
    cfd_rhs_norm(xcr);
    for (int m = 0; m < 5; m++)
        xcr[m] = xcr[m] / SP_DT;
    return cfd_verify(xcr, xcr_ref, xce, xce_ref, SP_TOLERANCE);
}

static double operation_count(void)
{
    const double n = N;
    return SP_NITER * (881.174 * n * n * n - 4683.91 * n * n + 11484.5 * n - 19272.4);
}

int main(void)
{
    nas_result result = {
        .benchmark = "SP",
        .size = {N, N, N},
        .iterations = SP_NITER,
        .operations = operation_count(),
        .op_type = "floating point",
    };
    cfd_set_forcing();
    cfd_set_initial();
    step(); /* untimed */
    cfd_set_initial();

    nas_timer_clear(0);
    nas_timer_start(0);
    for (int t = 0; t < SP_NITER; t++)
        step();
    nas_timer_stop(0);

    result.verified = verify();
    result.seconds = nas_timer_read(0);
    result.checksum = cfd_result_bits();
    return nas_finish(&result);
}
