/* Tables, with indices that are computed or read; all indices are below 32. */
#include "harness.h"

/* Four entries, and the weight between each and the next. */
KERNEL void table4_f32(float *restrict out, const float *restrict table, const uint8_t *restrict at)
{
    out[0] = table[at[0]];
    out[1] = table[at[1]];
    out[2] = table[at[2]];
    out[3] = table[at[3]];
}

KERNEL void table_between4(double *restrict out, const double *restrict table, const uint8_t *restrict at,
                           const double *restrict t)
{
    for (int i = 0; i < 4; i++) {
        const double *entry = table + at[i];
        out[i] = entry[0] + t[i] * (entry[1] - entry[0]);
    }
}

/* A palette's colour, scaled: the table's rows are four floats. */
KERNEL void palette(float *restrict out, const float *restrict table, const uint8_t *restrict at, float scale)
{
    const float *row = table + 4 * at[0];
    out[0] = scale * row[0];
    out[1] = scale * row[1];
    out[2] = scale * row[2];
    out[3] = scale * row[3];
}

/* Two rows of a sparse matrix with two entries each. */
KERNEL void sparse_rows2(double *restrict out, const double *restrict value, const uint8_t *restrict column,
                         const double *restrict x)
{
    out[0] = value[0] * x[column[0]] + value[1] * x[column[1]];
    out[1] = value[2] * x[column[2]] + value[3] * x[column[3]];
}

/* A substitution of four bytes and a xor with a key. */
KERNEL void substitute_bytes4(uint8_t *restrict out, const uint8_t *restrict in, const uint8_t *restrict box,
                              const uint8_t *restrict key)
{
    out[0] = box[in[0]] ^ key[0];
    out[1] = box[in[1]] ^ key[1];
    out[2] = box[in[2]] ^ key[2];
    out[3] = box[in[3]] ^ key[3];
}

/* Gradient noise in the plane: two corners' gradients by hash, times the distance. */
KERNEL float noise_corners(const float *restrict gradient, const uint8_t *restrict at, float x, float y)
{
    const float *g0 = gradient + 2 * at[0], *g1 = gradient + 2 * at[1];
    float n0 = g0[0] * x + g0[1] * y, n1 = g1[0] * (x - 1.0f) + g1[1] * y;
    return n0 + x * (n1 - n0);
}

RUN(table4_f32, table4_f32(OUT(float), IN(float, 0), IN(uint8_t, 1)))
RUN(table_between4, table_between4(OUT(double), IN(double, 0), IN(uint8_t, 1), IN(double, 2)))
RUN(palette, palette(OUT(float), IN(float, 0), IN(uint8_t, 1), IN(float, 2)[0]))
RUN(sparse_rows2, sparse_rows2(OUT(double), IN(double, 0), IN(uint8_t, 1), IN(double, 2)))
RUN(substitute_bytes4, substitute_bytes4(OUT(uint8_t), IN(uint8_t, 0), IN(uint8_t, 1), IN(uint8_t, 2)))
RUN(noise_corners, *OUT(float) = noise_corners(IN(float, 0), IN(uint8_t, 1), IN(float, 2)[0], IN(float, 2)[1]))

const struct kernel lookup_kernels[] = {
    ENTRY(table4_f32, "ffn"),
    ENTRY(table_between4, "ddnd"),
    ENTRY(palette, "ffnf"),
    ENTRY(sparse_rows2, "ddnd"),
    ENTRY(substitute_bytes4, "bnbb"),
    ENTRY(noise_corners, "ffnf"),
    {0},
};
