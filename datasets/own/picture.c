/* Pictures: colours, scaling, prediction, small wavelets. */
#include <stdint.h>
#include <stdlib.h>

static inline uint8_t clamp8(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Four premultiplied pixels over others. */
void over4(uint8_t *restrict dst, const uint8_t *restrict src)
{
    for (int i = 0; i < 16; i += 4) {
        int keep = 255 - src[i + 3];

        for (int c = 0; c < 4; c++) {
            int t = dst[i + c] * keep + 128;

            dst[i + c] = clamp8(src[i + c] + ((t + (t >> 8)) >> 8));
        }
    }
}

/* Planar luminance and colour differences from packed red, green, blue; two pixels share a difference. */
void to_planes(uint8_t *restrict y, uint8_t *restrict u, uint8_t *restrict v, const uint8_t *restrict rgb, int pairs)
{
    for (int i = 0; i < pairs; i++, rgb += 6) {
        int r = rgb[0] + rgb[3], g = rgb[1] + rgb[4], b = rgb[2] + rgb[5];

        y[2 * i] = (uint8_t)((66 * rgb[0] + 129 * rgb[1] + 25 * rgb[2] + 4224) >> 8);
        y[2 * i + 1] = (uint8_t)((66 * rgb[3] + 129 * rgb[4] + 25 * rgb[5] + 4224) >> 8);
        u[i] = clamp8((-38 * r - 74 * g + 112 * b + 65792) >> 9);
        v[i] = clamp8((112 * r - 94 * g - 18 * b + 65792) >> 9);
    }
}

/* Halves a row pair: each output is the mean of four bytes; eight outputs. */
void halve8(uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    out[0] = (uint8_t)((a[0] + a[1] + b[0] + b[1] + 2) >> 2);
    out[1] = (uint8_t)((a[2] + a[3] + b[2] + b[3] + 2) >> 2);
    out[2] = (uint8_t)((a[4] + a[5] + b[4] + b[5] + 2) >> 2);
    out[3] = (uint8_t)((a[6] + a[7] + b[6] + b[7] + 2) >> 2);
    out[4] = (uint8_t)((a[8] + a[9] + b[8] + b[9] + 2) >> 2);
    out[5] = (uint8_t)((a[10] + a[11] + b[10] + b[11] + 2) >> 2);
    out[6] = (uint8_t)((a[12] + a[13] + b[12] + b[13] + 2) >> 2);
    out[7] = (uint8_t)((a[14] + a[15] + b[14] + b[15] + 2) >> 2);
}

/* One level of a reversible two-tap wavelet on a 4x4 tile of 16-bit samples, rows then columns. */
void tile_wavelet(int16_t *t)
{
    for (int r = 0; r < 4; r++) {
        int16_t *p = t + 4 * r;
        int d0 = p[1] - p[0], d1 = p[3] - p[2];
        int s0 = p[0] + (d0 >> 1), s1 = p[2] + (d1 >> 1);

        p[0] = (int16_t)s0;
        p[1] = (int16_t)s1;
        p[2] = (int16_t)d0;
        p[3] = (int16_t)d1;
    }
    for (int c = 0; c < 4; c++) {
        int d0 = t[4 + c] - t[c], d1 = t[12 + c] - t[8 + c];
        int s0 = t[c] + (d0 >> 1), s1 = t[8 + c] + (d1 >> 1);

        t[c] = (int16_t)s0;
        t[4 + c] = (int16_t)s1;
        t[8 + c] = (int16_t)d0;
        t[12 + c] = (int16_t)d1;
    }
}

/* Which of three neighbours a byte is nearest to, four bytes; then the difference. */
void neighbour_residual(uint8_t *restrict r, const uint8_t *restrict x, const uint8_t *restrict left,
                        const uint8_t *restrict up)
{
    for (int i = 0; i < 4; i++) {
        int guess = left[i] + up[i] - up[i - 4];
        int dl = abs(guess - left[i]), du = abs(guess - up[i]);

        r[i] = (uint8_t)(x[i] - (dl < du ? left[i] : up[i]));
    }
}

/* Bilinear sample of a four-channel float picture. */
void bilinear(float *restrict out, const float *restrict p, int stride, float fx, float fy)
{
    const float *q = p + stride;
    float w00 = (1.0f - fx) * (1.0f - fy), w10 = fx * (1.0f - fy), w01 = (1.0f - fx) * fy, w11 = fx * fy;

    out[0] = w00 * p[0] + w10 * p[4] + w01 * q[0] + w11 * q[4];
    out[1] = w00 * p[1] + w10 * p[5] + w01 * q[1] + w11 * q[5];
    out[2] = w00 * p[2] + w10 * p[6] + w01 * q[2] + w11 * q[6];
    out[3] = w00 * p[3] + w10 * p[7] + w01 * q[3] + w11 * q[7];
}

/* Smooths the edge between two 4-pixel runs unless the step is real. */
void soften_edges(uint8_t *p, int stride, int limit)
{
    for (int i = 0; i < 4; i++, p += stride) {
        int p1 = p[-2], p0 = p[-1], q0 = p[0], q1 = p[1];
        int step = q0 - p0;

        if (abs(step) < limit) {
            int fix = (3 * step - (q1 - p1) + 4) >> 3;

            p[-1] = clamp8(p0 + fix);
            p[0] = clamp8(q0 - fix);
        }
    }
}

/* Darkest and brightest of each channel. */
void extent(uint8_t *low, uint8_t *high, const uint8_t *p, int pixels)
{
    for (int i = 0; i < pixels; i++, p += 3) {
        low[0] = p[0] < low[0] ? p[0] : low[0];
        low[1] = p[1] < low[1] ? p[1] : low[1];
        low[2] = p[2] < low[2] ? p[2] : low[2];
        high[0] = p[0] > high[0] ? p[0] : high[0];
        high[1] = p[1] > high[1] ? p[1] : high[1];
        high[2] = p[2] > high[2] ? p[2] : high[2];
    }
}
