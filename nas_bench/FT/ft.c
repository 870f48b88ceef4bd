/* FT: a 3-D diffusion equation solved by forward FFT, evolution in wave space and inverse FFTs. */
#include "nas_config.h"

#include "nas_random.h"
#include "nas_report.h"

#define NX FT_NX
#define NY FT_NY
#define NZ FT_NZ
#define LARGER(a, b) ((a) > (b) ? (a) : (b))
#define MAX_DIM LARGER(NX, LARGER(NY, NZ))

/* Lines transformed together: 32, or as many as keep a block within 8192 complex numbers. */
#define LINES (MAX_DIM <= 256 ? 32 : 8192 / MAX_DIM)
#define LINES_PAD (LINES + 2)

_Static_assert(NX % LINES == 0 && NY % LINES == 0, "blocks of lines must fill a plane");

typedef struct {
    double re, im;
} dcomplex;

typedef dcomplex line_block[MAX_DIM][LINES_PAD]; /* [position in the line][line] */

static const double pi = 3.14159265358979323846;

/* The i extent is one more than NX: strides that are powers of two would share cache sets. */
static dcomplex y[NZ][NY][NX + 1]; /* the spectrum */
static dcomplex x[NZ][NY][NX + 1]; /* the solution of one iteration */
static double decay[NZ][NY][NX];   /* factor of each mode per iteration */

static dcomplex root[MAX_DIM];     /* root[h + i] = exp(pi sqrt(-1) i / h), i < h, h a power of two */
static line_block work_a, work_b;

static dcomplex sums[FT_NITER];
static const double reference[FT_NITER][2] = FT_REF_CHECKSUMS;

static void make_roots(void)
{
    for (int h = 1; h < MAX_DIM; h *= 2) {
        for (int i = 0; i < h; i++) {
            root[h + i].re = cos(pi * i / h);
            root[h + i].im = sin(pi * i / h);
        }
    }
}

/* y = pairs of consecutive random numbers in memory order, each plane from its own jumped seed. */
static void initial_state(void)
{
    double line[2 * NX];
    for (int k = 0; k < NZ; k++) {
        double seed = FT_SEED;
        (void)randlc(&seed, nas_power(RNG_MULTIPLIER, 2LL * NX * NY * k));
        for (int j = 0; j < NY; j++) {
            vranlc(2 * NX, &seed, RNG_MULTIPLIER, line);
            for (int i = 0; i < NX; i++) {
                y[k][j][i].re = line[2 * i];
                y[k][j][i].im = line[2 * i + 1];
            }
        }
    }
}

/* The signed wave number of index i: i or i - dim. */
static int wave_number(int i, int dim)
{
    return i < dim / 2 ? i : i - dim;
}

static void make_decay(void)
{
    const double factor = -4.0 * FT_ALPHA * pi * pi;
    for (int k = 0; k < NZ; k++) {
        const int kk = wave_number(k, NZ);
        for (int j = 0; j < NY; j++) {
            const int jj = wave_number(j, NY);
            for (int i = 0; i < NX; i++) {
                const int ii = wave_number(i, NX);
                decay[k][j][i] = exp(factor * (double)(ii * ii + jj * jj + kk * kk));
            }
        }
    }
}

/* Advance the spectrum by one step and leave a copy in x for the inverse transform. */
static void evolve(void)
{
    for (int k = 0; k < NZ; k++) {
        for (int j = 0; j < NY; j++) {
            for (int i = 0; i < NX; i++) {
                y[k][j][i].re = y[k][j][i].re * decay[k][j][i];
                y[k][j][i].im = y[k][j][i].im * decay[k][j][i];
                x[k][j][i] = y[k][j][i];
            }
        }
    }
}

/* One radix-2 butterfly of every line of a block: the twiddle factor is the same for all. */
static void butterfly(dcomplex omega, const dcomplex *NAS_PTR p, const dcomplex *NAS_PTR s,
                      dcomplex *NAS_PTR sum, dcomplex *NAS_PTR difference)
{
    for (int line = 0; line < LINES; line++) {
        const double dre = p[line].re - s[line].re;
        const double dim = p[line].im - s[line].im;
        sum[line].re = p[line].re + s[line].re;
        sum[line].im = p[line].im + s[line].im;
        difference[line].re = omega.re * dre - omega.im * dim;
        difference[line].im = omega.re * dim + omega.im * dre;
    }
}

/* One Stockham stage of length n, with runs of lk elements, from in to out; sign is the exponent's. */
static void fft_stage(int n, int lk, int sign, dcomplex (*NAS_PTR in)[LINES_PAD],
                      dcomplex (*NAS_PTR out)[LINES_PAD])
{
    const int lj = 2 * lk;
    const int li = n / lj;
    for (int i = 0; i < li; i++) {
        const dcomplex omega = {root[li + i].re, sign * root[li + i].im};
        for (int k = 0; k < lk; k++)
            butterfly(omega, in[i * lk + k], in[i * lk + k + n / 2], out[i * lj + k], out[i * lj + lk + k]);
    }
}

/* Transform the lines of length n in work_a; the result is in the block that is returned. */
static dcomplex (*fft_lines(int n, int sign))[LINES_PAD]
{
    dcomplex(*in)[LINES_PAD] = work_a;
    dcomplex(*out)[LINES_PAD] = work_b;
    for (int lk = 1; lk < n; lk *= 2) {
        dcomplex(*const filled)[LINES_PAD] = out;
        fft_stage(n, lk, sign, in, out);
        out = in;
        in = filled;
    }
    return in;
}

static void fft_x(int sign, dcomplex (*NAS_PTR a)[NY][NX + 1])
{
    for (int k = 0; k < NZ; k++) {
        for (int j0 = 0; j0 < NY; j0 += LINES) {
            for (int line = 0; line < LINES; line++)
                for (int i = 0; i < NX; i++)
                    work_a[i][line] = a[k][j0 + line][i];
            dcomplex(*const result)[LINES_PAD] = fft_lines(NX, sign);
            for (int line = 0; line < LINES; line++)
                for (int i = 0; i < NX; i++)
                    a[k][j0 + line][i] = result[i][line];
        }
    }
}

static void fft_y(int sign, dcomplex (*NAS_PTR a)[NY][NX + 1])
{
    for (int k = 0; k < NZ; k++) {
        for (int i0 = 0; i0 < NX; i0 += LINES) {
            for (int j = 0; j < NY; j++)
                for (int line = 0; line < LINES; line++)
                    work_a[j][line] = a[k][j][i0 + line];
            dcomplex(*const result)[LINES_PAD] = fft_lines(NY, sign);
            for (int j = 0; j < NY; j++)
                for (int line = 0; line < LINES; line++)
                    a[k][j][i0 + line] = result[j][line];
        }
    }
}

static void fft_z(int sign, dcomplex (*NAS_PTR a)[NY][NX + 1])
{
    for (int j = 0; j < NY; j++) {
        for (int i0 = 0; i0 < NX; i0 += LINES) {
            for (int k = 0; k < NZ; k++)
                for (int line = 0; line < LINES; line++)
                    work_a[k][line] = a[k][j][i0 + line];
            dcomplex(*const result)[LINES_PAD] = fft_lines(NZ, sign);
            for (int k = 0; k < NZ; k++)
                for (int line = 0; line < LINES; line++)
                    a[k][j][i0 + line] = result[k][line];
        }
    }
}

/* The unnormalized 3-D transform of a in place: sign 1 forward, -1 inverse. */
static void fft_3d(int sign, dcomplex (*NAS_PTR a)[NY][NX + 1])
{
    fft_x(sign, a);
    fft_y(sign, a);
    fft_z(sign, a);
}

/* The normalized sum of 1024 scattered elements of x. */
static dcomplex checksum(void)
{
    const double points = (double)NX * NY * NZ;
    dcomplex sum = {0.0, 0.0};
    for (int q = 1; q <= 1024; q++) {
        const dcomplex *element = &x[5 * q % NZ][3 * q % NY][q % NX];
        sum.re += element->re;
        sum.im += element->im;
    }
    sum.re /= points;
    sum.im /= points;
    return sum;
}

static dcomplex iterate(void)
{
    evolve();
    fft_3d(-1, x);
    return checksum();
}

/* One iteration's worth of everything, so that no code or page is met first inside the timed region. */
static void warm_up(void)
{
    make_roots();
    make_decay();
    initial_state();
    fft_3d(1, y);
    sums[0] = iterate();
}

/* |c - ref| / |ref| of iteration t. */
static double checksum_error(int t)
{
    const double *ref = reference[t];
    return hypot(sums[t].re - ref[0], sums[t].im - ref[1]) / hypot(ref[0], ref[1]);
}

static bool verify(void)
{
    bool verified = true;
    for (int t = 0; t < FT_NITER; t++)
        verified = nas_error_passes(checksum_error(t), FT_TOLERANCE) && verified;
    return verified;
}

static void print_checksums(void)
{
    for (int t = 0; t < FT_NITER; t++) {
        const double error = checksum_error(t);
        printf(" %s checksum %2d  computed %.15e %.15e  reference %.12e %.12e  error %.13e\n",
               nas_error_passes(error, FT_TOLERANCE) ? "pass" : "FAIL", t + 1, sums[t].re, sums[t].im,
               reference[t][0], reference[t][1], error);
    }
}

/* Over y, x and the checksums, without the padding. */
static uint64_t result_bits(void)
{
    uint64_t hash = nas_fnv(NAS_FNV_START, sums, sizeof sums);
    for (int k = 0; k < NZ; k++) {
        for (int j = 0; j < NY; j++) {
            hash = nas_fnv(hash, y[k][j], NX * sizeof(dcomplex));
            hash = nas_fnv(hash, x[k][j], NX * sizeof(dcomplex));
        }
    }
    return hash;
}

static double operation_count(void)
{
    const double points = (double)NX * NY * NZ;
    const double log_points = log(points);
    return points * (14.8157 + 7.19641 * log_points + (5.23518 + 7.21113 * log_points) * FT_NITER);
}

int main(void)
{
    nas_result result = {
        .benchmark = "FT",
        .size = {NX, NY, NZ},
        .iterations = FT_NITER,
        .operations = operation_count(),
        .op_type = "floating point",
    };
    warm_up();

    nas_timer_clear(0);
    nas_timer_start(0);
    make_decay();
    initial_state();
    fft_3d(1, y);
    for (int t = 0; t < FT_NITER; t++)
        sums[t] = iterate();
    result.verified = verify();
    nas_timer_stop(0);

    print_checksums();
    result.seconds = nas_timer_read(0);
    result.checksum = result_bits();
    return nas_finish(&result);
}
