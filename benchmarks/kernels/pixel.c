/* Pixels: bytes in, arithmetic in wider numbers, bytes out. */
#include "harness.h"

static uint8_t clamp(int x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

KERNEL void rgb_to_yuv_i32(int *restrict yuv, const int *restrict rgb)
{
    int r = rgb[0], g = rgb[1], b = rgb[2];
    yuv[0] = ((66 * r + 129 * g + 25 * b + 128) >> 8) + 16;
    yuv[1] = ((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128;
    yuv[2] = ((112 * r - 94 * g - 18 * b + 128) >> 8) + 128;
}

KERNEL void rgb_to_yuv_f32(float *restrict yuv, const float *restrict rgb)
{
    float r = rgb[0], g = rgb[1], b = rgb[2];
    yuv[0] = 0.299f * r + 0.587f * g + 0.114f * b;
    yuv[1] = -0.14713f * r - 0.28886f * g + 0.436f * b;
    yuv[2] = 0.615f * r - 0.51499f * g - 0.10001f * b;
}

KERNEL void yuv_to_rgb_u8(uint8_t *restrict rgb, const uint8_t *restrict yuv)
{
    int c = 298 * (yuv[0] - 16), d = yuv[1] - 128, e = yuv[2] - 128;
    rgb[0] = clamp((c + 409 * e + 128) >> 8);
    rgb[1] = clamp((c - 100 * d - 208 * e + 128) >> 8);
    rgb[2] = clamp((c + 516 * d + 128) >> 8);
}

/* Luma of four pixels in a row. */
KERNEL void luma4(uint8_t *restrict out, const uint8_t *restrict rgba)
{
    out[0] = (uint8_t)((77 * rgba[0] + 150 * rgba[1] + 29 * rgba[2]) >> 8);
    out[1] = (uint8_t)((77 * rgba[4] + 150 * rgba[5] + 29 * rgba[6]) >> 8);
    out[2] = (uint8_t)((77 * rgba[8] + 150 * rgba[9] + 29 * rgba[10]) >> 8);
    out[3] = (uint8_t)((77 * rgba[12] + 150 * rgba[13] + 29 * rgba[14]) >> 8);
}

/* Two pixels over two others, by the upper ones' alpha. */
KERNEL void blend_over(uint8_t *restrict under, const uint8_t *restrict over)
{
    for (int p = 0; p < 8; p += 4) {
        int alpha = over[p + 3], rest = 255 - alpha;
        under[p] = (uint8_t)((over[p] * alpha + under[p] * rest + 127) / 255);
        under[p + 1] = (uint8_t)((over[p + 1] * alpha + under[p + 1] * rest + 127) / 255);
        under[p + 2] = (uint8_t)((over[p + 2] * alpha + under[p + 2] * rest + 127) / 255);
    }
}

/* Four averages of four neighbours each: half the size. */
KERNEL void halve4(uint8_t *restrict out, const uint8_t *restrict upper, const uint8_t *restrict lower)
{
    out[0] = (uint8_t)((upper[0] + upper[1] + lower[0] + lower[1] + 2) >> 2);
    out[1] = (uint8_t)((upper[2] + upper[3] + lower[2] + lower[3] + 2) >> 2);
    out[2] = (uint8_t)((upper[4] + upper[5] + lower[4] + lower[5] + 2) >> 2);
    out[3] = (uint8_t)((upper[6] + upper[7] + lower[6] + lower[7] + 2) >> 2);
}

/* Average of two rows of bytes, rounded up. */
KERNEL void average8(uint8_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((a[i] + b[i] + 1) >> 1);
}

/* A prediction and its rest, to pixels. */
KERNEL void add_clamped8(uint8_t *restrict pixels, const int16_t *restrict rest)
{
    pixels[0] = clamp(pixels[0] + rest[0]);
    pixels[1] = clamp(pixels[1] + rest[1]);
    pixels[2] = clamp(pixels[2] + rest[2]);
    pixels[3] = clamp(pixels[3] + rest[3]);
    pixels[4] = clamp(pixels[4] + rest[4]);
    pixels[5] = clamp(pixels[5] + rest[5]);
    pixels[6] = clamp(pixels[6] + rest[6]);
    pixels[7] = clamp(pixels[7] + rest[7]);
}

KERNEL void unpack_rgb565(float *restrict out, uint16_t pixel)
{
    out[0] = (float)(pixel >> 11) * (1.0f / 31.0f);
    out[1] = (float)(pixel >> 5 & 63) * (1.0f / 63.0f);
    out[2] = (float)(pixel & 31) * (1.0f / 31.0f);
    out[3] = 1.0f;
}

KERNEL void bytes_to_floats4(float *restrict out, const uint8_t *restrict in)
{
    out[0] = (float)in[0] / 255.0f;
    out[1] = (float)in[1] / 255.0f;
    out[2] = (float)in[2] / 255.0f;
    out[3] = (float)in[3] / 255.0f;
}

/* One sample of four channels between four texels. */
KERNEL void bilinear4(float *restrict out, const float *restrict texel, float u, float v)
{
    float w00 = (1.0f - u) * (1.0f - v), w10 = u * (1.0f - v), w01 = (1.0f - u) * v, w11 = u * v;
    for (int i = 0; i < 4; i++)
        out[i] = w00 * texel[i] + w10 * texel[4 + i] + w01 * texel[8 + i] + w11 * texel[12 + i];
}

KERNEL double bilinear1(const double *grid, double u, double v)
{
    double upper = grid[0] + u * (grid[1] - grid[0]);
    double lower = grid[8] + u * (grid[9] - grid[8]);
    return upper + v * (lower - upper);
}

RUN(rgb_to_yuv_i32, rgb_to_yuv_i32(OUT(int), IN(int, 0)))
RUN(rgb_to_yuv_f32, rgb_to_yuv_f32(OUT(float), IN(float, 0)))
RUN(yuv_to_rgb_u8, yuv_to_rgb_u8(OUT(uint8_t), IN(uint8_t, 0)))
RUN(luma4, luma4(OUT(uint8_t), IN(uint8_t, 0)))
RUN(blend_over, blend_over(OUT(uint8_t), IN(uint8_t, 0)))
RUN(halve4, halve4(OUT(uint8_t), IN(uint8_t, 0), IN(uint8_t, 1)))
RUN(average8, average8(OUT(uint8_t), IN(uint8_t, 0), IN(uint8_t, 1)))
RUN(add_clamped8, add_clamped8(OUT(uint8_t), IN(int16_t, 0)))
RUN(unpack_rgb565, unpack_rgb565(OUT(float), *IN(uint16_t, 0)))
RUN(bytes_to_floats4, bytes_to_floats4(OUT(float), IN(uint8_t, 0)))
RUN(bilinear4, bilinear4(OUT(float), IN(float, 0), IN(float, 1)[0], IN(float, 1)[1]))
RUN(bilinear1, *OUT(double) = bilinear1(IN(double, 0), IN(double, 1)[0], IN(double, 1)[1]))

const struct kernel pixel_kernels[] = {
    ENTRY(rgb_to_yuv_i32, "ii"),
    ENTRY(rgb_to_yuv_f32, "ff"),
    ENTRY(yuv_to_rgb_u8, "bb"),
    ENTRY(luma4, "bb"),
    ENTRY(blend_over, "bb"),
    ENTRY(halve4, "bbb"),
    ENTRY(average8, "bbb"),
    ENTRY(add_clamped8, "bs"),
    ENTRY(unpack_rgb565, "fw"),
    ENTRY(bytes_to_floats4, "fb"),
    ENTRY(bilinear4, "ffq"),
    ENTRY(bilinear1, "ddp"),
    {0},
};
