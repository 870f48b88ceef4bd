/* Some signs turned round and others not: conjugates, quarter turns, reflections. */
#include "harness.h"

#include <math.h>

KERNEL void conjugate2(double *restrict out, const double *restrict z)
{
    for (int i = 0; i < 2; i++) {
        out[2 * i] = z[2 * i];
        out[2 * i + 1] = -z[2 * i + 1];
    }
}

KERNEL void quaternion_conjugate(double *restrict out, const double *restrict q)
{
    out[0] = q[0];
    out[1] = -q[1];
    out[2] = -q[2];
    out[3] = -q[3];
}

/* Two complex numbers times i. */
KERNEL void quarter_turn(float *restrict out, const float *restrict z)
{
    out[0] = -z[1];
    out[1] = z[0];
    out[2] = -z[3];
    out[3] = z[2];
}

/* The last step of a transform of four: what is turned by -i is a difference. */
KERNEL void fft4_last(double *restrict out, const double *restrict z)
{
    double sr = z[0] + z[2], si = z[1] + z[3], dr = z[0] - z[2], di = z[1] - z[3];
    out[0] = sr;
    out[1] = si;
    out[2] = di;
    out[3] = -dr;
}

/* The inverse of a rotation times a vector: the conjugate's products with what is beside it. */
KERNEL void conjugate_multiply(double *restrict out, const double *restrict a, const double *restrict b)
{
    double re = a[0], im = -a[1];
    out[0] = re * b[0] - im * b[1];
    out[1] = re * b[1] + im * b[0];
}

/* A point in the first quadrant of the xy plane, z and w as they are. */
KERNEL void fold_quadrant(float *restrict out, const float *restrict p)
{
    out[0] = fabsf(p[0]) + 1.0f;
    out[1] = fabsf(p[1]) + 1.0f;
    out[2] = p[2] + 1.0f;
    out[3] = p[3] + 1.0f;
}

/* Half of a spectrum turned over: the mirrored half of real data is the conjugate. */
KERNEL void mirror_spectrum(double *restrict out, const double *restrict z, double scale)
{
    out[0] = scale * z[2];
    out[1] = -(scale * z[3]);
    out[2] = scale * z[0];
    out[3] = -(scale * z[1]);
}

RUN(conjugate2, conjugate2(OUT(double), IN(double, 0)))
RUN(quaternion_conjugate, quaternion_conjugate(OUT(double), IN(double, 0)))
RUN(quarter_turn, quarter_turn(OUT(float), IN(float, 0)))
RUN(fft4_last, fft4_last(OUT(double), IN(double, 0)))
RUN(conjugate_multiply, conjugate_multiply(OUT(double), IN(double, 0), IN(double, 1)))
RUN(fold_quadrant, fold_quadrant(OUT(float), IN(float, 0)))
RUN(mirror_spectrum, mirror_spectrum(OUT(double), IN(double, 0), *IN(double, 1)))

const struct kernel conjugate_kernels[] = {
    ENTRY(conjugate2, "dd"),
    ENTRY(quaternion_conjugate, "dd"),
    ENTRY(quarter_turn, "ff"),
    ENTRY(fft4_last, "dd"),
    ENTRY(conjugate_multiply, "ddd"),
    ENTRY(fold_quadrant, "ff"),
    ENTRY(mirror_spectrum, "ddd"),
    {0},
};
