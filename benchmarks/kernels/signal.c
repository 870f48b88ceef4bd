/* Transforms and filters. */
#include "harness.h"

/* The eight-point DCT-II by even and odd halves, its outputs scaled as the definition has them. */
KERNEL void dct8(double *restrict out, const double *restrict in)
{
    double s0 = in[0] + in[7], s1 = in[1] + in[6], s2 = in[2] + in[5], s3 = in[3] + in[4];
    double d0 = in[0] - in[7], d1 = in[1] - in[6], d2 = in[2] - in[5], d3 = in[3] - in[4];
    double e0 = s0 + s3, e1 = s1 + s2, e2 = s0 - s3, e3 = s1 - s2;
    out[0] = e0 + e1;
    out[4] = 0.70710678118654752 * (e0 - e1);
    out[2] = 0.92387953251128674 * e2 + 0.38268343236508977 * e3;
    out[6] = 0.38268343236508977 * e2 - 0.92387953251128674 * e3;
    out[1] = 0.98078528040323044 * d0 + 0.83146961230254524 * d1 + 0.55557023301960222 * d2 + 0.19509032201612827 * d3;
    out[3] = 0.83146961230254524 * d0 - 0.19509032201612827 * d1 - 0.98078528040323044 * d2 - 0.55557023301960222 * d3;
    out[5] = 0.55557023301960222 * d0 - 0.98078528040323044 * d1 + 0.19509032201612827 * d2 + 0.83146961230254524 * d3;
    out[7] = 0.19509032201612827 * d0 - 0.55557023301960222 * d1 + 0.83146961230254524 * d2 - 0.98078528040323044 * d3;
}

/* The even half in whole numbers: constants of 13 bits. */
KERNEL void dct4_i32(int32_t *restrict out, const int16_t *restrict in)
{
    int32_t s0 = in[0] + in[3], s1 = in[1] + in[2], d0 = in[0] - in[3], d1 = in[1] - in[2];
    out[0] = (s0 + s1) << 2;
    out[1] = (d0 * 10703 + d1 * 4433 + 1024) >> 11;
    out[2] = (s0 - s1) << 2;
    out[3] = (d0 * 4433 - d1 * 10703 + 1024) >> 11;
}

KERNEL void fft_radix2(double *restrict out, const double *restrict a, const double *restrict w)
{
    double re = w[0] * a[2] - w[1] * a[3], im = w[0] * a[3] + w[1] * a[2];
    out[0] = a[0] + re;
    out[1] = a[1] + im;
    out[2] = a[0] - re;
    out[3] = a[1] - im;
}

KERNEL void fft_radix4(double *restrict out, const double *restrict a)
{
    double s0 = a[0] + a[4], t0 = a[1] + a[5], s1 = a[0] - a[4], t1 = a[1] - a[5];
    double s2 = a[2] + a[6], t2 = a[3] + a[7], s3 = a[2] - a[6], t3 = a[3] - a[7];
    out[0] = s0 + s2;
    out[1] = t0 + t2;
    out[2] = s1 + t3;
    out[3] = t1 - s3;
    out[4] = s0 - s2;
    out[5] = t0 - t2;
    out[6] = s1 - t3;
    out[7] = t1 + s3;
}

KERNEL void fft_radix8(float *restrict out, const float *restrict a)
{
    const float h = 0.70710678f;
    float r0 = a[0] + a[8], i0 = a[1] + a[9], r1 = a[2] + a[10], i1 = a[3] + a[11];
    float r2 = a[4] + a[12], i2 = a[5] + a[13], r3 = a[6] + a[14], i3 = a[7] + a[15];
    float r4 = a[0] - a[8], i4 = a[1] - a[9], r5 = a[2] - a[10], i5 = a[3] - a[11];
    float r6 = a[4] - a[12], i6 = a[5] - a[13], r7 = a[6] - a[14], i7 = a[7] - a[15];
    float p5 = h * (r5 + i5), q5 = h * (i5 - r5), p7 = h * (i7 - r7), q7 = -h * (i7 + r7);
    float e0 = r0 + r2, f0 = i0 + i2, e1 = r1 + r3, f1 = i1 + i3;
    float e2 = r0 - r2, f2 = i0 - i2, e3 = i1 - i3, f3 = r3 - r1;
    float g0 = r4 + i6, h0 = i4 - r6, g1 = p5 + p7, h1 = q5 + q7;
    float g2 = r4 - i6, h2 = i4 + r6, g3 = q5 - q7, h3 = p7 - p5;
    out[0] = e0 + e1;
    out[1] = f0 + f1;
    out[2] = g0 + g1;
    out[3] = h0 + h1;
    out[4] = e2 + e3;
    out[5] = f2 + f3;
    out[6] = g2 + g3;
    out[7] = h2 + h3;
    out[8] = e0 - e1;
    out[9] = f0 - f1;
    out[10] = g0 - g1;
    out[11] = h0 - h1;
    out[12] = e2 - e3;
    out[13] = f2 - f3;
    out[14] = g2 - g3;
    out[15] = h2 - h3;
}

/* Averages to the front, differences behind them. */
KERNEL void haar8(float *restrict out, const float *restrict in)
{
    for (int i = 0; i < 4; i++) {
        out[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
        out[4 + i] = 0.5f * (in[2 * i] - in[2 * i + 1]);
    }
}

KERNEL void hadamard4x4(int16_t *restrict m)
{
    for (int i = 0; i < 4; i++) {
        int16_t *r = m + 4 * i;
        int16_t a = r[0] + r[2], b = r[1] + r[3], c = r[0] - r[2], d = r[1] - r[3];
        r[0] = a + b;
        r[1] = a - b;
        r[2] = c + d;
        r[3] = c - d;
    }
}

/* Four outputs of a filter of four taps. */
KERNEL void fir4(float *restrict out, const float *restrict in, const float *restrict tap)
{
    out[0] = tap[0] * in[0] + tap[1] * in[1] + tap[2] * in[2] + tap[3] * in[3];
    out[1] = tap[0] * in[1] + tap[1] * in[2] + tap[2] * in[3] + tap[3] * in[4];
    out[2] = tap[0] * in[2] + tap[1] * in[3] + tap[2] * in[4] + tap[3] * in[5];
    out[3] = tap[0] * in[3] + tap[1] * in[4] + tap[2] * in[5] + tap[3] * in[6];
}

struct biquad {
    double b0, b1, b2, a1, a2, z1, z2;
};

/* Left and right through filters of their own, one sample. */
KERNEL void biquad_stereo(struct biquad *restrict f, const double *restrict in, double *restrict out)
{
    double left = f[0].b0 * in[0] + f[0].z1, right = f[1].b0 * in[1] + f[1].z1;
    f[0].z1 = f[0].b1 * in[0] - f[0].a1 * left + f[0].z2;
    f[1].z1 = f[1].b1 * in[1] - f[1].a1 * right + f[1].z2;
    f[0].z2 = f[0].b2 * in[0] - f[0].a2 * left;
    f[1].z2 = f[1].b2 * in[1] - f[1].a2 * right;
    out[0] = left;
    out[1] = right;
}

RUN(dct8, dct8(OUT(double), IN(double, 0)))
RUN(dct4_i32, dct4_i32(OUT(int32_t), IN(int16_t, 0)))
RUN(fft_radix2, fft_radix2(OUT(double), IN(double, 0), IN(double, 1)))
RUN(fft_radix4, fft_radix4(OUT(double), IN(double, 0)))
RUN(fft_radix8, fft_radix8(OUT(float), IN(float, 0)))
RUN(haar8, haar8(OUT(float), IN(float, 0)))
RUN(hadamard4x4, hadamard4x4(OUT(int16_t)))
RUN(fir4, fir4(OUT(float), IN(float, 0), IN(float, 1)))
RUN(biquad_stereo, biquad_stereo(b->in[0], IN(double, 1), OUT(double)))

const struct kernel signal_kernels[] = {
    ENTRY(dct8, "dd"),
    ENTRY(dct4_i32, "is"),
    ENTRY(fft_radix2, "ddd"),
    ENTRY(fft_radix4, "dd"),
    ENTRY(fft_radix8, "ff"),
    ENTRY(haar8, "ff"),
    ENTRY(hadamard4x4, "s"),
    ENTRY(fir4, "fff"),
    ENTRY(biquad_stereo, "ddd"),
    {0},
};
