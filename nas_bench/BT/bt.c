/* BT: the compressible-flow model marched by an implicit scheme in factors, each a block-tridiagonal
   system along the lines of one direction. */
#include "nas_config.h"

#define CFD_N BT_N
#include "bt_solve.h"
#include "cfd_norms.h"

static void step(void)
{
    cfd_compute_rhs(BT_DT);
    x_solve(BT_DT);
    y_solve(BT_DT);
    z_solve(BT_DT);
    cfd_add();
}

/* The specification also checks dt; here dt, size and number of steps are the class's by construction. */
static bool verify(void)
{
    static const double xcr_ref[5] = BT_REF_XCR;
    static const double xce_ref[5] = BT_REF_XCE;
    double xcr[5], xce[5];
    cfd_error_norm(xce);
    cfd_compute_rhs(BT_DT);
    cfd_rhs_norm(xcr);
    for (int m = 0; m < 5; m++)
        xcr[m] = xcr[m] / BT_DT;
    return cfd_verify(xcr, xcr_ref, xce, xce_ref, BT_TOLERANCE);
}

static double operation_count(void)
{
    const double n = N;
    return BT_NITER * (3478.8 * n * n * n - 17655.7 * n * n + 28023.7 * n);
}

int main(void)
{
    nas_result result = {
        .benchmark = "BT",
        .size = {N, N, N},
        .iterations = BT_NITER,
        .operations = operation_count(),
        .op_type = "floating point",
    };
    cfd_set_forcing();
    cfd_set_initial();
    step(); /* untimed */
    cfd_set_initial();

    nas_timer_clear(0);
    nas_timer_start(0);
    for (int t = 0; t < BT_NITER; t++)
        step();
    nas_timer_stop(0);

    result.verified = verify();
    result.seconds = nas_timer_read(0);
    result.checksum = cfd_result_bits();
    return nas_finish(&result);
}
