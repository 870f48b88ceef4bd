/* Polynomials and splines, several side by side. */
#include "harness.h"

static double cubic(const double *c, double x)
{
    return ((c[3] * x + c[2]) * x + c[1]) * x + c[0];
}

/* One polynomial at four places. */
KERNEL void horner_places(double *restrict out, const double *restrict c, const double *restrict x)
{
    out[0] = cubic(c, x[0]);
    out[1] = cubic(c, x[1]);
    out[2] = cubic(c, x[2]);
    out[3] = cubic(c, x[3]);
}

/* Four polynomials, their coefficients one after the other, at one place. */
KERNEL void horner_side_by_side(double *restrict out, const double *restrict c, double x)
{
    out[0] = cubic(c, x);
    out[1] = cubic(c + 4, x);
    out[2] = cubic(c + 8, x);
    out[3] = cubic(c + 12, x);
}

/* Numerator and denominator of a rational approximation. */
KERNEL double rational(const double *c, double x)
{
    double up = ((c[3] * x + c[2]) * x + c[1]) * x + c[0];
    double down = ((c[7] * x + c[6]) * x + c[5]) * x + c[4];
    return up / down;
}

/* A point of a cubic Bezier curve in the plane. */
KERNEL void bezier2(double *restrict out, const double *restrict p, double t)
{
    double s = 1.0 - t;
    double b0 = s * s * s, b1 = 3.0 * s * s * t, b2 = 3.0 * s * t * t, b3 = t * t * t;
    out[0] = b0 * p[0] + b1 * p[2] + b2 * p[4] + b3 * p[6];
    out[1] = b0 * p[1] + b1 * p[3] + b2 * p[5] + b3 * p[7];
}

/* A point of a Catmull-Rom spline in space. */
KERNEL void catmull_rom3(float *restrict out, const float *restrict p, float t)
{
    float t2 = t * t, t3 = t2 * t;
    for (int i = 0; i < 3; i++) {
        float linear = p[6 + i] - p[i];
        float square = 2.0f * p[i] - 5.0f * p[3 + i] + 4.0f * p[6 + i] - p[9 + i];
        float cube = 3.0f * (p[3 + i] - p[6 + i]) + p[9 + i] - p[i];
        out[i] = 0.5f * (2.0f * p[3 + i] + linear * t + square * t2 + cube * t3);
    }
}

static float smooth(float x)
{
    x = x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
    return x * x * (3.0f - 2.0f * x);
}

KERNEL void smoothstep4(float *restrict out, const float *restrict x)
{
    out[0] = smooth(x[0]);
    out[1] = smooth(x[1]);
    out[2] = smooth(x[2]);
    out[3] = smooth(x[3]);
}

/* Sine and cosine near zero. */
KERNEL void sincos_near_zero(double *restrict out, double x)
{
    double s = x * x;
    out[0] = x * (1.0 + s * (-1.0 / 6 + s * (1.0 / 120 + s * (-1.0 / 5040))));
    out[1] = 1.0 + s * (-1.0 / 2 + s * (1.0 / 24 + s * (-1.0 / 720)));
}

RUN(horner_places, horner_places(OUT(double), IN(double, 0), IN(double, 1)))
RUN(horner_side_by_side, horner_side_by_side(OUT(double), IN(double, 0), IN(double, 1)[0]))
RUN(rational, *OUT(double) = rational(IN(double, 0), IN(double, 1)[0]))
RUN(bezier2, bezier2(OUT(double), IN(double, 0), IN(double, 1)[0]))
RUN(catmull_rom3, catmull_rom3(OUT(float), IN(float, 0), IN(float, 1)[0]))
RUN(smoothstep4, smoothstep4(OUT(float), IN(float, 0)))
RUN(sincos_near_zero, sincos_near_zero(OUT(double), IN(double, 0)[0]))

const struct kernel polynomial_kernels[] = {
    ENTRY(horner_places, "ddd"),
    ENTRY(horner_side_by_side, "ddd"),
    ENTRY(rational, "dpp"),
    ENTRY(bezier2, "ddp"),
    ENTRY(catmull_rom3, "ffq"),
    ENTRY(smoothstep4, "ff"),
    ENTRY(sincos_near_zero, "dd"),
    {0},
};
