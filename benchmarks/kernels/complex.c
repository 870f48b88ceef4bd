/* Complex arithmetic: real and imaginary parts side by side, sums beside differences. */
#include "harness.h"

struct complex64 {
    double re, im;
};

KERNEL void complex_multiply(double *restrict out, const double *restrict a, const double *restrict b)
{
    out[0] = a[0] * b[0] - a[1] * b[1];
    out[1] = a[0] * b[1] + a[1] * b[0];
}

KERNEL struct complex64 complex_multiply_values(struct complex64 a, struct complex64 b)
{
    struct complex64 product;
    product.re = a.re * b.re - a.im * b.im;
    product.im = a.re * b.im + a.im * b.re;
    return product;
}

KERNEL void complex_multiply_two(float *restrict out, const float *restrict a, const float *restrict b)
{
    out[0] = a[0] * b[0] - a[1] * b[1];
    out[1] = a[0] * b[1] + a[1] * b[0];
    out[2] = a[2] * b[2] - a[3] * b[3];
    out[3] = a[2] * b[3] + a[3] * b[2];
}

/* sum += a * conj(b) */
KERNEL void complex_accumulate(double *restrict sum, const double *restrict a, const double *restrict b)
{
    sum[0] += a[0] * b[0] + a[1] * b[1];
    sum[1] += a[1] * b[0] - a[0] * b[1];
}

KERNEL void complex_divide(double *restrict out, const double *restrict a, const double *restrict b)
{
    double size = b[0] * b[0] + b[1] * b[1];
    out[0] = (a[0] * b[0] + a[1] * b[1]) / size;
    out[1] = (a[1] * b[0] - a[0] * b[1]) / size;
}

/* Two steps of z -> z * z + c. */
KERNEL void complex_square_add(double *restrict out, const double *restrict z, const double *restrict c)
{
    double re = z[0] * z[0] - z[1] * z[1] + c[0];
    double im = 2.0 * z[0] * z[1] + c[1];
    out[0] = re * re - im * im + c[0];
    out[1] = 2.0 * re * im + c[1];
}

RUN(complex_multiply, complex_multiply(OUT(double), IN(double, 0), IN(double, 1)))
RUN(complex_multiply_values,
    *OUT(struct complex64) = complex_multiply_values(*IN(struct complex64, 0), *IN(struct complex64, 1)))
RUN(complex_multiply_two, complex_multiply_two(OUT(float), IN(float, 0), IN(float, 1)))
RUN(complex_accumulate, complex_accumulate(OUT(double), IN(double, 0), IN(double, 1)))
RUN(complex_divide, complex_divide(OUT(double), IN(double, 0), IN(double, 1)))
RUN(complex_square_add, complex_square_add(OUT(double), IN(double, 0), IN(double, 1)))

const struct kernel complex_kernels[] = {
    ENTRY(complex_multiply, "ddd"),
    ENTRY(complex_multiply_values, "ddd"),
    ENTRY(complex_multiply_two, "fff"),
    ENTRY(complex_accumulate, "ddd"),
    ENTRY(complex_divide, "dpp"),
    ENTRY(complex_square_add, "ddd"),
    {0},
};
