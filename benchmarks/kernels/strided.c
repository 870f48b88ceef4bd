/* Some elements of each record: real parts, one channel, two of three coordinates; what lies between is not wanted. */
#include "harness.h"

/* The real parts of four complex numbers. */
KERNEL void real_parts_scale(double *restrict out, const double *restrict z, double scale)
{
    for (int i = 0; i < 4; i++)
        out[i] = scale * z[2 * i];
}

KERNEL void left_channel_f32(float *restrict out, const float *restrict stereo, float volume)
{
    for (int i = 0; i < 8; i++)
        out[i] = volume * stereo[2 * i];
}

/* Every second sample of a stereo stream, in units of two. */
KERNEL void left_channel_i16(int16_t *restrict out, const int16_t *restrict stereo)
{
    for (int i = 0; i < 8; i++)
        out[i] = stereo[2 * i] >> 1;
}

/* Half as many samples, in the opposite order. */
KERNEL void downsample_reversed(float *restrict out, const float *restrict in)
{
    for (int i = 0; i < 4; i++)
        out[i] = 0.5f * in[6 - 2 * i];
}

/* Squared distances from the z axis of four points. */
KERNEL void axis_distance_f32(float *restrict out, const float *restrict p)
{
    for (int i = 0; i < 4; i++)
        out[i] = p[3 * i] * p[3 * i] + p[3 * i + 1] * p[3 * i + 1];
}

KERNEL void axis_distance_f64(double *restrict out, const double *restrict p)
{
    for (int i = 0; i < 2; i++)
        out[i] = p[3 * i] * p[3 * i] + p[3 * i + 1] * p[3 * i + 1];
}

/* Velocities in two cells of a flow: density, three momenta, energy. */
KERNEL void velocities5(double *restrict out, const double *restrict u)
{
    for (int i = 0; i < 2; i++)
        for (int m = 0; m < 3; m++)
            out[3 * i + m] = u[5 * i + 1 + m] * (1.0 / u[5 * i]);
}

/* Momentum along x of four cells: one of five values each. */
KERNEL void momentum5(double *restrict out, const double *restrict u, double dt)
{
    for (int i = 0; i < 4; i++)
        out[i] += dt * u[5 * i + 1];
}

/* One column of a matrix of four by four, by rows, and the next. */
KERNEL void columns4_f32(float *restrict out, const float *restrict m, float x, float y)
{
    for (int i = 0; i < 4; i++)
        out[i] = x * m[4 * i] + y * m[4 * i + 2];
}

RUN(real_parts_scale, real_parts_scale(OUT(double), IN(double, 0), *IN(double, 1)))
RUN(left_channel_f32, left_channel_f32(OUT(float), IN(float, 0), *IN(float, 1)))
RUN(left_channel_i16, left_channel_i16(OUT(int16_t), IN(int16_t, 0)))
RUN(downsample_reversed, downsample_reversed(OUT(float), IN(float, 0)))
RUN(axis_distance_f32, axis_distance_f32(OUT(float), IN(float, 0)))
RUN(axis_distance_f64, axis_distance_f64(OUT(double), IN(double, 0)))
RUN(velocities5, velocities5(OUT(double), IN(double, 0)))
RUN(momentum5, momentum5(OUT(double), IN(double, 0), *IN(double, 1)))
RUN(columns4_f32, columns4_f32(OUT(float), IN(float, 0), IN(float, 1)[0], IN(float, 1)[1]))

const struct kernel strided_kernels[] = {
    ENTRY(real_parts_scale, "ddd"),
    ENTRY(left_channel_f32, "fff"),
    ENTRY(left_channel_i16, "ss"),
    ENTRY(downsample_reversed, "ff"),
    ENTRY(axis_distance_f32, "ff"),
    ENTRY(axis_distance_f64, "dd"),
    ENTRY(velocities5, "dp"),
    ENTRY(momentum5, "ddd"),
    ENTRY(columns4_f32, "fff"),
    {0},
};
