/* Rounds of ciphers and hashes, and tricks with bits. */
#include "harness.h"

static uint32_t left(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t right(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static uint64_t left64(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

#define QUARTER(a, b, c, d)                                                                                            \
    a += b, d = left(d ^ a, 16), c += d, b = left(b ^ c, 12), a += b, d = left(d ^ a, 8), c += d, b = left(b ^ c, 7)

/* ChaCha's column round (RFC 8439). */
KERNEL void chacha_columns(uint32_t *restrict s)
{
    QUARTER(s[0], s[4], s[8], s[12]);
    QUARTER(s[1], s[5], s[9], s[13]);
    QUARTER(s[2], s[6], s[10], s[14]);
    QUARTER(s[3], s[7], s[11], s[15]);
}

/* A double round, in registers: columns, then diagonals. */
KERNEL void chacha_double_round(uint32_t *restrict out, const uint32_t *restrict in)
{
    uint32_t a0 = in[0], a1 = in[1], a2 = in[2], a3 = in[3], b0 = in[4], b1 = in[5], b2 = in[6], b3 = in[7];
    uint32_t c0 = in[8], c1 = in[9], c2 = in[10], c3 = in[11], d0 = in[12], d1 = in[13], d2 = in[14], d3 = in[15];
    QUARTER(a0, b0, c0, d0);
    QUARTER(a1, b1, c1, d1);
    QUARTER(a2, b2, c2, d2);
    QUARTER(a3, b3, c3, d3);
    QUARTER(a0, b1, c2, d3);
    QUARTER(a1, b2, c3, d0);
    QUARTER(a2, b3, c0, d1);
    QUARTER(a3, b0, c1, d2);
    out[0] = a0, out[1] = a1, out[2] = a2, out[3] = a3, out[4] = b0, out[5] = b1, out[6] = b2, out[7] = b3;
    out[8] = c0, out[9] = c1, out[10] = c2, out[11] = c3, out[12] = d0, out[13] = d1, out[14] = d2, out[15] = d3;
}

/* Four words of SHA-256's message schedule (FIPS 180-4). */
KERNEL void sha_schedule4(uint32_t *restrict w)
{
    for (int i = 16; i < 20; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        uint32_t s0 = right(x, 7) ^ right(x, 18) ^ x >> 3, s1 = right(y, 17) ^ right(y, 19) ^ y >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* One round of SHA-256 (FIPS 180-4) on a state of eight words. */
KERNEL void sha_round(uint32_t *restrict s, uint32_t k_plus_w)
{
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    uint32_t t1 = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + k_plus_w;
    uint32_t t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    s[0] = t1 + t2;
    s[1] = a;
    s[2] = b;
    s[3] = c;
    s[4] = d + t1;
    s[5] = e;
    s[6] = f;
    s[7] = g;
}

/* Two adds, two rotations, two xors on each side, halves swapped: a round like SipHash's. */
KERNEL void sip_round(uint64_t *restrict v)
{
    uint64_t a = v[0], b = v[1], c = v[2], d = v[3];
    a += b;
    c += d;
    b = left64(b, 13) ^ a;
    d = left64(d, 16) ^ c;
    a = left64(a, 32);
    a += d;
    c += b;
    d = left64(d, 21) ^ a;
    b = left64(b, 17) ^ c;
    c = left64(c, 32);
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
}

/* Multiply and shift, as hash tables finish their keys; four keys. */
static uint32_t mixed(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
}

KERNEL void hash_mix4(uint32_t *restrict out, const uint32_t *restrict key)
{
    out[0] = mixed(key[0]);
    out[1] = mixed(key[1]);
    out[2] = mixed(key[2]);
    out[3] = mixed(key[3]);
}

/* Four generators side by side. */
KERNEL void xorshift4(uint32_t *restrict s)
{
    for (int i = 0; i < 4; i++) {
        uint32_t x = s[i];
        x ^= x << 13;
        x ^= x >> 17;
        s[i] = x ^ x << 5;
    }
}

/* Bits set in each of four words, by halves. */
static uint32_t ones(uint32_t x)
{
    x -= x >> 1 & 0x55555555U;
    x = (x & 0x33333333U) + (x >> 2 & 0x33333333U);
    x = (x + (x >> 4)) & 0x0f0f0f0fU;
    return (x * 0x01010101U) >> 24;
}

KERNEL void ones4(uint32_t *restrict out, const uint32_t *restrict in)
{
    out[0] = ones(in[0] & in[4]);
    out[1] = ones(in[1] & in[5]);
    out[2] = ones(in[2] & in[6]);
    out[3] = ones(in[3] & in[7]);
}

static uint32_t spread(uint32_t x)
{
    x &= 0xffffU;
    x = (x | x << 8) & 0x00ff00ffU;
    x = (x | x << 4) & 0x0f0f0f0fU;
    x = (x | x << 2) & 0x33333333U;
    return (x | x << 1) & 0x55555555U;
}

/* Z-order codes of two points. */
KERNEL void morton2(uint32_t *restrict out, const uint32_t *restrict xy)
{
    out[0] = spread(xy[0]) | spread(xy[1]) << 1;
    out[1] = spread(xy[2]) | spread(xy[3]) << 1;
}

/* Words of network order. */
KERNEL void swap_bytes4(uint32_t *restrict out, const uint8_t *restrict in)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint32_t)in[4 * i] << 24 | (uint32_t)in[4 * i + 1] << 16 | (uint32_t)in[4 * i + 2] << 8 | in[4 * i + 3];
}

KERNEL void xor_block(uint8_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b)
{
    for (int i = 0; i < 16; i++)
        out[i] = a[i] ^ b[i];
}

RUN(chacha_columns, chacha_columns(OUT(uint32_t)))
RUN(chacha_double_round, chacha_double_round(OUT(uint32_t), IN(uint32_t, 0)))
RUN(sha_schedule4, sha_schedule4(OUT(uint32_t)))
RUN(sha_round, sha_round(OUT(uint32_t), *IN(uint32_t, 0)))
RUN(sip_round, sip_round(OUT(uint64_t)))
RUN(hash_mix4, hash_mix4(OUT(uint32_t), IN(uint32_t, 0)))
RUN(xorshift4, xorshift4(OUT(uint32_t)))
RUN(ones4, ones4(OUT(uint32_t), IN(uint32_t, 0)))
RUN(morton2, morton2(OUT(uint32_t), IN(uint32_t, 0)))
RUN(swap_bytes4, swap_bytes4(OUT(uint32_t), IN(uint8_t, 0)))
RUN(xor_block, xor_block(OUT(uint8_t), IN(uint8_t, 0), IN(uint8_t, 1)))

const struct kernel crypto_kernels[] = {
    ENTRY(chacha_columns, "w"),
    ENTRY(chacha_double_round, "ww"),
    ENTRY(sha_schedule4, "w"),
    ENTRY(sha_round, "ww"),
    ENTRY(sip_round, "w"),
    ENTRY(hash_mix4, "ww"),
    ENTRY(xorshift4, "w"),
    ENTRY(ones4, "ww"),
    ENTRY(morton2, "ww"),
    ENTRY(swap_bytes4, "wb"),
    ENTRY(xor_block, "bbb"),
    {0},
};
