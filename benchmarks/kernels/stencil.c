/* Neighbours on a line, in the plane and in space; a few points at a time, unrolled. */
#include "harness.h"

enum { ROW = 8 };

/* Four points of a line, from the left and right neighbours and the point itself. */
KERNEL void heat4(double *restrict out, const double *restrict u)
{
    out[0] = 0.25 * u[0] + 0.5 * u[1] + 0.25 * u[2];
    out[1] = 0.25 * u[1] + 0.5 * u[2] + 0.25 * u[3];
    out[2] = 0.25 * u[2] + 0.5 * u[3] + 0.25 * u[4];
    out[3] = 0.25 * u[3] + 0.5 * u[4] + 0.25 * u[5];
}

/* Jacobi's step at two points of the plane. */
KERNEL void jacobi2(double *restrict out, const double *restrict u, const double *restrict f)
{
    out[0] = 0.25 * (u[-ROW] + u[ROW] + u[-1] + u[1] - f[0]);
    out[1] = 0.25 * (u[1 - ROW] + u[1 + ROW] + u[0] + u[2] - f[1]);
}

/* The seven-point Laplacian at two points, rows of ROW, planes of 2 ROW. */
KERNEL void laplace3d(float *restrict out, const float *restrict u)
{
    for (int i = 0; i < 2; i++)
        out[i] = u[i - 1] + u[i + 1] + u[i - ROW] + u[i + ROW] + u[i - 2 * ROW] + u[i + 2 * ROW] - 6.0f * u[i];
}

/* Both of Sobel's gradients at one pixel. */
KERNEL void sobel(int *restrict out, const uint8_t *restrict p)
{
    const uint8_t *above = p - ROW, *below = p + ROW;
    out[0] = above[1] + 2 * p[1] + below[1] - above[-1] - 2 * p[-1] - below[-1];
    out[1] = below[-1] + 2 * below[0] + below[1] - above[-1] - 2 * above[0] - above[1];
}

/* Fourth-order differences of three fields that lie one beside the other at each point. */
KERNEL void dissipate3(double *restrict out, const double *restrict u, double c)
{
    for (int m = 0; m < 3; m++)
        out[m] -= c * (u[m] - 4.0 * u[m + 3] + 6.0 * u[m + 6] - 4.0 * u[m + 9] + u[m + 12]);
}

/* Maxwell on a staggered line: electric field from the magnetic one, four cells. */
KERNEL void curl4(float *restrict e, const float *restrict h, float c)
{
    e[0] += c * (h[1] - h[0]);
    e[1] += c * (h[2] - h[1]);
    e[2] += c * (h[3] - h[2]);
    e[3] += c * (h[4] - h[3]);
}

RUN(heat4, heat4(OUT(double), IN(double, 0)))
RUN(jacobi2, jacobi2(OUT(double), IN(double, 0) + ROW, IN(double, 1)))
RUN(laplace3d, laplace3d(OUT(float), IN(float, 0) + 2 * ROW))
RUN(sobel, sobel(OUT(int), IN(uint8_t, 0) + ROW + 1))
RUN(dissipate3, dissipate3(OUT(double), IN(double, 0), 0.125))
RUN(curl4, curl4(OUT(float), IN(float, 0), 0.5f))

const struct kernel stencil_kernels[] = {
    ENTRY(heat4, "dd"),
    ENTRY(jacobi2, "ddd"),
    ENTRY(laplace3d, "ff"),
    ENTRY(sobel, "ib"),
    ENTRY(dissipate3, "dd"),
    ENTRY(curl4, "ff"),
    {0},
};
