/* CG: the smallest eigenvalue of a sparse symmetric matrix by inverse power iteration, whose linear
   systems are solved by conjugate gradients. */
#include "nas_config.h"

#include "cg_matrix.h"
#include "nas_report.h"

static double x[N], z[N]; /* the eigenvector and the solution of A z = x */
static double p[N], q[N], r[N];

static double zeta, residual;

/* out = A in, for a matrix of compressed rows */
static void multiply(const int *NAS_PTR start, const int *NAS_PTR columns, const double *NAS_PTR values,
                     const double *NAS_PTR in, double *NAS_PTR out)
{
    for (int row = 0; row < N; row++) {
        double sum = 0.0;
        for (int k = start[row]; k < start[row + 1]; k++)
            sum += values[k] * in[columns[k]];
        out[row] = sum;
    }
}

/* a and b may be the same. */
static double dot(const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += a[i] * b[i];
    return sum;
}

/* b += factor a */
static void add_multiple(double factor, const double *NAS_PTR a, double *NAS_PTR b)
{
    for (int i = 0; i < N; i++)
        b[i] = b[i] + factor * a[i];
}

/* b = a + factor b */
static void scale_and_add(double factor, const double *NAS_PTR a, double *NAS_PTR b)
{
    for (int i = 0; i < N; i++)
        b[i] = a[i] + factor * b[i];
}

/* || x - A z || */
static double residual_norm(void)
{
    multiply(row_start, column, value, z, r);
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        const double difference = x[i] - r[i];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* Solve A z = x by a fixed number of steps; return the residual's norm. */
static double conjugate_gradients(void)
{
    for (int i = 0; i < N; i++) {
        z[i] = 0.0;
        r[i] = x[i];
        p[i] = x[i];
    }
    double rho = dot(r, r);
    for (int step = 0; step < CG_CG_STEPS; step++) {
        multiply(row_start, column, value, p, q);
        const double alpha = rho / dot(p, q);
        add_multiple(alpha, p, z);
        add_multiple(-alpha, q, r);
        const double rho_before = rho;
        rho = dot(r, r);
        scale_and_add(rho / rho_before, r, p);
    }
    return residual_norm();
}

static void start_vector(void)
{
    for (int i = 0; i < N; i++)
        x[i] = 1.0;
}

/* One step of the power iteration: solve, estimate, normalize. */
static void iterate(void)
{
    residual = conjugate_gradients();
    zeta = CG_SHIFT + 1.0 / dot(x, z);
    const double scale = 1.0 / sqrt(dot(z, z));
    for (int i = 0; i < N; i++)
        x[i] = scale * z[i];
}

static double operation_count(void)
{
    const double products = CG_NONZER * (CG_NONZER + 1.0);
    return 2.0 * CG_NITER * N * (3.0 + products + CG_CG_STEPS * (5.0 + products) + 3.0);
}

static uint64_t result_bits(void)
{
    uint64_t hash = nas_fnv(NAS_FNV_START, &zeta, sizeof zeta);
    hash = nas_fnv(hash, x, sizeof x);
    return nas_fnv(hash, z, sizeof z);
}

int main(void)
{
    nas_result result = {
        .benchmark = "CG",
        .size = {N},
        .iterations = CG_NITER,
        .operations = operation_count(),
        .op_type = "floating point",
    };
    double seed = CG_SEED;
    make_vectors(&seed);
    make_matrix();
    start_vector();
    iterate(); /* untimed */
    start_vector();

    nas_timer_clear(0);
    nas_timer_start(0);
    for (int t = 0; t < CG_NITER; t++)
        iterate();
    nas_timer_stop(0);

    printf(" Nonzeros         = %d\n", row_start[N]);
    printf(" Residual         = %.13e\n", residual);
    result.verified = nas_check("zeta", CG_NITER, zeta, CG_REF_ZETA, CG_TOLERANCE);
    result.seconds = nas_timer_read(0);
    result.checksum = result_bits();
    return nas_finish(&result);
}
