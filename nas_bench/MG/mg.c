/* MG: V-cycles of multigrid for a Poisson problem on a periodic cube. */
#include "nas_config.h"

#include "mg_kernels.h"
#include "mg_source.h"
#include "nas_report.h"

#define POINTS_OF(n) (((n) + 2) * ((n) + 2) * ((n) + 2))

/* All levels one after the other, the finest first. For small MG_N the last terms are of no grid, and a
   few doubles remain unused. */
#define POINTS                                                                                       \
    (POINTS_OF(MG_N) + POINTS_OF(MG_N / 2) + POINTS_OF(MG_N / 4) + POINTS_OF(MG_N / 8)               \
     + POINTS_OF(MG_N / 16) + POINTS_OF(MG_N / 32) + POINTS_OF(MG_N / 64) + POINTS_OF(MG_N / 128))

_Static_assert(MG_N <= 256 && (MG_N & (MG_N - 1)) == 0, "the hierarchy has at most eight levels");

static double u[POINTS], r[POINTS];
static double v[MAX_EXTENT][MAX_EXTENT][MAX_EXTENT];

/* The grid with n interior points a direction in u or r; to be used as double [n + 2][n + 2][n + 2]. */
static void *grid(double *field, int n)
{
    for (int finer = MG_N; finer > n; finer /= 2)
        field += POINTS_OF(finer);
    return field;
}

static void clear(int n, double (*NAS_PTR f)[n + 2][n + 2])
{
    for (int i3 = 0; i3 <= n + 1; i3++)
        for (int i2 = 0; i2 <= n + 1; i2++)
            for (int i1 = 0; i1 <= n + 1; i1++)
                f[i3][i2][i1] = 0.0;
}

/* Improve u on the finest grid; r there is v - A u on entry. */
static void v_cycle(void)
{
    for (int n = MG_N; n > 2; n /= 2)
        restrict_residual(n / 2, grid(r, n), grid(r, n / 2));

    clear(2, grid(u, 2));
    smooth(2, grid(r, 2), grid(u, 2));

    for (int n = 4; n < MG_N; n *= 2) {
        clear(n, grid(u, n));
        interpolate(n / 2, grid(u, n / 2), grid(u, n));
        update_residual(n, grid(u, n), grid(r, n));
        smooth(n, grid(r, n), grid(u, n));
    }

    interpolate(MG_N / 2, grid(u, MG_N / 2), grid(u, MG_N));
    make_residual(MG_N, grid(u, MG_N), v, grid(r, MG_N));
    smooth(MG_N, grid(r, MG_N), grid(u, MG_N));
}

static void iterate(void)
{
    v_cycle();
    make_residual(MG_N, grid(u, MG_N), v, grid(r, MG_N));
}

static void start(void)
{
    clear(MG_N, grid(u, MG_N));
    make_residual(MG_N, grid(u, MG_N), v, grid(r, MG_N));
}

/* Over u and r on the finest grid, ghosts included. */
static uint64_t result_bits(void)
{
    uint64_t hash = nas_fnv(NAS_FNV_START, u, POINTS_OF(MG_N) * sizeof u[0]);
    return nas_fnv(hash, r, POINTS_OF(MG_N) * sizeof r[0]);
}

int main(void)
{
    nas_result result = {
        .benchmark = "MG",
        .size = {MG_N, MG_N, MG_N},
        .iterations = MG_NIT,
        .operations = 58.0 * MG_NIT * MG_N * MG_N * MG_N,
        .op_type = "floating point",
    };
    make_source(v);
    start();
    iterate(); /* untimed */
    clear(MG_N, grid(u, MG_N));

    nas_timer_clear(0);
    nas_timer_start(0);
    make_residual(MG_N, grid(u, MG_N), v, grid(r, MG_N));
    const norms before = residual_norms(MG_N, grid(r, MG_N));
    for (int t = 0; t < MG_NIT; t++)
        iterate();
    const norms after = residual_norms(MG_N, grid(r, MG_N));
    nas_timer_stop(0);

    printf(" Norms at first   = %.13e %.6e\n", before.l2, before.maximum);
    printf(" Norms at last    = %.13e %.6e\n", after.l2, after.maximum);
    result.verified = nas_check("rnm2", MG_NIT, after.l2, MG_REF_RNM2, MG_TOLERANCE);
    result.seconds = nas_timer_read(0);
    result.checksum = result_bits();
    return nas_finish(&result);
}
