/* Ciphers, hashes and big numbers: the inner steps. */
#include <stdint.h>

#define ROTATE32(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define ROTATE64(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

/* Four blocks of a 64-bit block cipher with additions and shifts, 32 rounds, keys interleaved. */
void tea_like4(uint32_t *restrict v, const uint32_t *restrict key)
{
    uint32_t sum = 0;

    for (int round = 0; round < 32; round++) {
        uint32_t k = key[sum & 3] + sum;

        for (int b = 0; b < 4; b++)
            v[2 * b] += (((v[2 * b + 1] << 4) ^ (v[2 * b + 1] >> 5)) + v[2 * b + 1]) ^ k;
        sum += 0x9e3779b9u;
        k = key[(sum >> 11) & 3] + sum;
        for (int b = 0; b < 4; b++)
            v[2 * b + 1] += (((v[2 * b] << 4) ^ (v[2 * b] >> 5)) + v[2 * b]) ^ k;
    }
}

/* Two message words of a 256-bit hash at a time. */
void extend_schedule(uint32_t *w)
{
    for (int t = 16; t < 64; t += 2) {
        uint32_t a = w[t - 15], b = w[t - 14], c = w[t - 2], d = w[t - 1];

        w[t] = w[t - 16] + w[t - 7] + (ROTATE32(a, 25) ^ ROTATE32(a, 14) ^ (a >> 3))
               + (ROTATE32(c, 15) ^ ROTATE32(c, 13) ^ (c >> 10));
        w[t + 1] = w[t - 15] + w[t - 6] + (ROTATE32(b, 25) ^ ROTATE32(b, 14) ^ (b >> 3))
                   + (ROTATE32(d, 15) ^ ROTATE32(d, 13) ^ (d >> 10));
    }
}

/* Multiplication by x in GF(256) and a mixing of the four bytes of a column, four columns. */
void mix_columns(uint8_t *s)
{
    for (int c = 0; c < 16; c += 4) {
        uint8_t a = s[c], b = s[c + 1], d = s[c + 2], e = s[c + 3];
        uint8_t all = (uint8_t)(a ^ b ^ d ^ e);
        uint8_t ab = (uint8_t)(a ^ b), bd = (uint8_t)(b ^ d), de = (uint8_t)(d ^ e), ea = (uint8_t)(e ^ a);

        s[c] ^= (uint8_t)(all ^ (uint8_t)((ab << 1) ^ ((ab >> 7) * 0x1b)));
        s[c + 1] ^= (uint8_t)(all ^ (uint8_t)((bd << 1) ^ ((bd >> 7) * 0x1b)));
        s[c + 2] ^= (uint8_t)(all ^ (uint8_t)((de << 1) ^ ((de >> 7) * 0x1b)));
        s[c + 3] ^= (uint8_t)(all ^ (uint8_t)((ea << 1) ^ ((ea >> 7) * 0x1b)));
    }
}

/* Theta of a 5x5 sponge of 64-bit lanes. */
void sponge_theta(uint64_t *a)
{
    uint64_t c[5];

    for (int x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int x = 0; x < 5; x++) {
        uint64_t d = c[(x + 4) % 5] ^ ROTATE64(c[(x + 1) % 5], 1);

        for (int y = 0; y < 25; y += 5)
            a[x + y] ^= d;
    }
}

/* Product of two numbers of five 26-bit limbs modulo 2^130 - 5, carried once. */
void limbs_multiply(uint32_t *restrict h, const uint32_t *restrict r)
{
    uint64_t s1 = 5ull * r[1], s2 = 5ull * r[2], s3 = 5ull * r[3], s4 = 5ull * r[4];
    uint64_t d0 = (uint64_t)h[0] * r[0] + h[1] * s4 + h[2] * s3 + h[3] * s2 + h[4] * s1;
    uint64_t d1 = (uint64_t)h[0] * r[1] + (uint64_t)h[1] * r[0] + h[2] * s4 + h[3] * s3 + h[4] * s2;
    uint64_t d2 = (uint64_t)h[0] * r[2] + (uint64_t)h[1] * r[1] + (uint64_t)h[2] * r[0] + h[3] * s4 + h[4] * s3;
    uint64_t d3 = (uint64_t)h[0] * r[3] + (uint64_t)h[1] * r[2] + (uint64_t)h[2] * r[1] + (uint64_t)h[3] * r[0] + h[4] * s4;
    uint64_t d4 = (uint64_t)h[0] * r[4] + (uint64_t)h[1] * r[3] + (uint64_t)h[2] * r[2] + (uint64_t)h[3] * r[1]
                  + (uint64_t)h[4] * r[0];

    d1 += d0 >> 26;
    d2 += d1 >> 26;
    d3 += d2 >> 26;
    d4 += d3 >> 26;
    h[0] = (uint32_t)(d0 & 0x3ffffff) + (uint32_t)(d4 >> 26) * 5u;
    h[1] = (uint32_t)(d1 & 0x3ffffff);
    h[2] = (uint32_t)(d2 & 0x3ffffff);
    h[3] = (uint32_t)(d3 & 0x3ffffff);
    h[4] = (uint32_t)(d4 & 0x3ffffff);
}

/* Swaps two numbers of four words if a bit is set, in constant time. */
void conditional_swap(uint64_t *a, uint64_t *b, uint64_t bit)
{
    uint64_t mask = 0 - bit;

    for (int i = 0; i < 4; i++) {
        uint64_t t = mask & (a[i] ^ b[i]);

        a[i] ^= t;
        b[i] ^= t;
    }
}

/* Xors a key stream's block of eight words into bytes of either alignment, big-endian words. */
void xor_stream(uint8_t *restrict out, const uint8_t *restrict in, const uint32_t *restrict stream)
{
    for (int i = 0; i < 8; i++) {
        uint32_t w = stream[i];

        out[4 * i] = (uint8_t)(in[4 * i] ^ (w >> 24));
        out[4 * i + 1] = (uint8_t)(in[4 * i + 1] ^ (w >> 16));
        out[4 * i + 2] = (uint8_t)(in[4 * i + 2] ^ (w >> 8));
        out[4 * i + 3] = (uint8_t)(in[4 * i + 3] ^ w);
    }
}

/* Eight rounds of a light block cipher on two lanes of 64-bit halves. */
void light_rounds(uint64_t *x, uint64_t *y, const uint64_t *key)
{
    for (int r = 0; r < 8; r++) {
        x[0] = (ROTATE64(x[0], 56) + y[0]) ^ key[r];
        x[1] = (ROTATE64(x[1], 56) + y[1]) ^ key[r];
        y[0] = ROTATE64(y[0], 3) ^ x[0];
        y[1] = ROTATE64(y[1], 3) ^ x[1];
    }
}
