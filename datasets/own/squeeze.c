/* Compression: bit packing, differences, transforms, counts, checksums. */
#include <stdint.h>
#include <string.h>

/* Thirty-two 5-bit numbers into five words. */
void pack5(uint32_t *restrict out, const uint32_t *restrict in)
{
    out[0] = in[0] | in[1] << 5 | in[2] << 10 | in[3] << 15 | in[4] << 20 | in[5] << 25 | in[6] << 30;
    out[1] = in[6] >> 2 | in[7] << 3 | in[8] << 8 | in[9] << 13 | in[10] << 18 | in[11] << 23 | in[12] << 28;
    out[2] = in[12] >> 4 | in[13] << 1 | in[14] << 6 | in[15] << 11 | in[16] << 16 | in[17] << 21 | in[18] << 26
             | in[19] << 31;
    out[3] = in[19] >> 1 | in[20] << 4 | in[21] << 9 | in[22] << 14 | in[23] << 19 | in[24] << 24 | in[25] << 29;
    out[4] = in[25] >> 3 | in[26] << 2 | in[27] << 7 | in[28] << 12 | in[29] << 17 | in[30] << 22 | in[31] << 27;
}

/* Eight 7-bit numbers out of seven bytes. */
void unpack7(uint8_t *out, const uint8_t *in)
{
    out[0] = in[0] & 0x7f;
    out[1] = (uint8_t)((in[0] >> 7 | in[1] << 1) & 0x7f);
    out[2] = (uint8_t)((in[1] >> 6 | in[2] << 2) & 0x7f);
    out[3] = (uint8_t)((in[2] >> 5 | in[3] << 3) & 0x7f);
    out[4] = (uint8_t)((in[3] >> 4 | in[4] << 4) & 0x7f);
    out[5] = (uint8_t)((in[4] >> 3 | in[5] << 5) & 0x7f);
    out[6] = (uint8_t)((in[5] >> 2 | in[6] << 6) & 0x7f);
    out[7] = in[6] >> 1;
}

/* Differences of four columns of a table, signs moved to the lowest bit. */
void column_deltas(uint32_t *restrict out, const int32_t *restrict rows, int n)
{
    int32_t last0 = 0, last1 = 0, last2 = 0, last3 = 0;

    for (int i = 0; i < n; i++, rows += 4, out += 4) {
        int32_t d0 = (int32_t)((uint32_t)rows[0] - (uint32_t)last0), d1 = (int32_t)((uint32_t)rows[1] - (uint32_t)last1);
        int32_t d2 = (int32_t)((uint32_t)rows[2] - (uint32_t)last2), d3 = (int32_t)((uint32_t)rows[3] - (uint32_t)last3);

        out[0] = (uint32_t)d0 << 1 ^ (uint32_t)(d0 >> 31);
        out[1] = (uint32_t)d1 << 1 ^ (uint32_t)(d1 >> 31);
        out[2] = (uint32_t)d2 << 1 ^ (uint32_t)(d2 >> 31);
        out[3] = (uint32_t)d3 << 1 ^ (uint32_t)(d3 >> 31);
        last0 = rows[0];
        last1 = rows[1];
        last2 = rows[2];
        last3 = rows[3];
    }
}

/* The bytes of four doubles sorted by significance. */
void transpose_bytes(uint8_t *restrict out, const uint64_t *restrict in)
{
    for (int b = 0; b < 8; b++)
        for (int i = 0; i < 4; i++)
            out[4 * b + i] = (uint8_t)(in[i] >> (8 * b));
}

/* Four interleaved decoders' states, renormalized where they are low. */
void refill(uint32_t *state, const uint16_t **in)
{
    for (int i = 0; i < 4; i++)
        if (state[i] < 0x10000u)
            state[i] = state[i] << 16 | *(*in)++;
}

/* Two running sums over words, as checksums have; four words a step. */
uint64_t double_sum(const uint32_t *p, int n)
{
    uint64_t a = 1, b = 0;

    for (int i = 0; i + 4 <= n; i += 4) {
        b += 4 * a + 4ull * p[i] + 3ull * p[i + 1] + 2ull * p[i + 2] + p[i + 3];
        a += (uint64_t)p[i] + p[i + 1] + p[i + 2] + p[i + 3];
    }
    return b << 32 ^ a;
}

/* Hashes of four positions at once, for a table of matches. */
void position_hashes(uint32_t *restrict hash, const uint8_t *restrict p, int bits)
{
    for (int i = 0; i < 4; i++) {
        uint32_t w = (uint32_t)p[i] | (uint32_t)p[i + 1] << 8 | (uint32_t)p[i + 2] << 16;

        hash[i] = (w * 0x2c1b3c6du) >> (32 - bits);
    }
}

/* A probability model's four weights after a bit. */
void learn_weights(float *w, const float *x, float error, float rate)
{
    float step = error * rate;

    w[0] += step * x[0];
    w[1] += step * x[1];
    w[2] += step * x[2];
    w[3] += step * x[3];
}

/* How many of eight counters are zero, and all of them halved. */
int halve_counters(uint16_t *c)
{
    int zeros = 0;

    for (int i = 0; i < 8; i++) {
        c[i] = (uint16_t)(c[i] - (c[i] >> 1));
        zeros += c[i] == 0;
    }
    return zeros;
}
