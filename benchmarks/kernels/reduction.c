/* Many values to one. Strict floats keep their order; the functions named _fast may reassociate. */
#include "harness.h"

#include <stdlib.h>

KERNEL int dot8_i32(const int *restrict a, const int *restrict b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4] + a[5] * b[5] + a[6] * b[6] +
           a[7] * b[7];
}

KERNEL int dot8_i16(const int16_t *restrict a, const int16_t *restrict b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4] + a[5] * b[5] + a[6] * b[6] +
           a[7] * b[7];
}

KERNEL double dot4_f64(const double *restrict a, const double *restrict b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

KERNEL double dot8_f64_fast(const double *restrict a, const double *restrict b)
{
#pragma clang fp reassociate(on)
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4] + a[5] * b[5] + a[6] * b[6] +
           a[7] * b[7];
}

KERNEL float dot4_f32_fast(const float *restrict a, const float *restrict b)
{
#pragma clang fp reassociate(on)
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

/* In pairs, as careful people write it: strict, and still a tree. */
KERNEL double sum8_pairs(const double *a)
{
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

KERNEL int sum8_i32(const int *a)
{
    return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
}

KERNEL unsigned sum16_u8(const uint8_t *a)
{
    return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7] + a[8] + a[9] + a[10] + a[11] + a[12] + a[13] + a[14] +
           a[15];
}

#define DIFFERENCE(i) abs((int)a[i] - (int)b[i])

KERNEL int sad8_u8(const uint8_t *restrict a, const uint8_t *restrict b)
{
    return DIFFERENCE(0) + DIFFERENCE(1) + DIFFERENCE(2) + DIFFERENCE(3) + DIFFERENCE(4) + DIFFERENCE(5) +
           DIFFERENCE(6) + DIFFERENCE(7);
}

KERNEL int sad16_u8(const uint8_t *restrict a, const uint8_t *restrict b)
{
    return DIFFERENCE(0) + DIFFERENCE(1) + DIFFERENCE(2) + DIFFERENCE(3) + DIFFERENCE(4) + DIFFERENCE(5) +
           DIFFERENCE(6) + DIFFERENCE(7) + DIFFERENCE(8) + DIFFERENCE(9) + DIFFERENCE(10) + DIFFERENCE(11) +
           DIFFERENCE(12) + DIFFERENCE(13) + DIFFERENCE(14) + DIFFERENCE(15);
}

KERNEL int squares8_u8(const uint8_t *restrict a, const uint8_t *restrict b)
{
    int sum = 0;
    int d0 = a[0] - b[0], d1 = a[1] - b[1], d2 = a[2] - b[2], d3 = a[3] - b[3];
    int d4 = a[4] - b[4], d5 = a[5] - b[5], d6 = a[6] - b[6], d7 = a[7] - b[7];
    sum += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
    sum += d4 * d4 + d5 * d5 + d6 * d6 + d7 * d7;
    return sum;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

KERNEL int min8_i32(const int *a)
{
    int m = smaller(smaller(a[0], a[1]), smaller(a[2], a[3]));
    return smaller(m, smaller(smaller(a[4], a[5]), smaller(a[6], a[7])));
}

KERNEL unsigned max4_u32(const unsigned *a)
{
    return larger(larger(larger(a[0], a[1]), a[2]), a[3]);
}

KERNEL uint64_t and_or4(const uint64_t *restrict a, const uint64_t *restrict b)
{
    uint64_t all = a[0] & a[1] & a[2] & a[3];
    uint64_t any = b[0] | b[1] | b[2] | b[3];
    return all ^ any;
}

KERNEL uint32_t xor8(const uint32_t *a)
{
    return a[0] ^ a[1] ^ a[2] ^ a[3] ^ a[4] ^ a[5] ^ a[6] ^ a[7];
}

KERNEL int all_equal8(const uint16_t *restrict a, const uint16_t *restrict b)
{
    int different = (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | (a[4] ^ b[4]) | (a[5] ^ b[5]) |
                    (a[6] ^ b[6]) | (a[7] ^ b[7]);
    return different == 0;
}

KERNEL int any_below4(const float *restrict a, float limit)
{
    return (a[0] < limit) | (a[1] < limit) | (a[2] < limit) | (a[3] < limit);
}

/* Sum and sum of squares of four. */
KERNEL void moments4(double *restrict out, const double *restrict a)
{
    double mean = 0.25 * (a[0] + a[1] + a[2] + a[3]);
    double d0 = a[0] - mean, d1 = a[1] - mean, d2 = a[2] - mean, d3 = a[3] - mean;
    out[0] = mean;
    out[1] = 0.25 * (d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3);
}

RUN(dot8_i32, *OUT(int) = dot8_i32(IN(int, 0), IN(int, 1)))
RUN(dot8_i16, *OUT(int) = dot8_i16(IN(int16_t, 0), IN(int16_t, 1)))
RUN(dot4_f64, *OUT(double) = dot4_f64(IN(double, 0), IN(double, 1)))
RUN(dot8_f64_fast, *OUT(double) = dot8_f64_fast(IN(double, 0), IN(double, 1)))
RUN(dot4_f32_fast, *OUT(float) = dot4_f32_fast(IN(float, 0), IN(float, 1)))
RUN(sum8_pairs, *OUT(double) = sum8_pairs(IN(double, 0)))
RUN(sum8_i32, *OUT(int) = sum8_i32(IN(int, 0)))
RUN(sum16_u8, *OUT(unsigned) = sum16_u8(IN(uint8_t, 0)))
RUN(sad8_u8, *OUT(int) = sad8_u8(IN(uint8_t, 0), IN(uint8_t, 1)))
RUN(sad16_u8, *OUT(int) = sad16_u8(IN(uint8_t, 0), IN(uint8_t, 1)))
RUN(squares8_u8, *OUT(int) = squares8_u8(IN(uint8_t, 0), IN(uint8_t, 1)))
RUN(min8_i32, *OUT(int) = min8_i32(IN(int, 0)))
RUN(max4_u32, *OUT(unsigned) = max4_u32(IN(unsigned, 0)))
RUN(and_or4, *OUT(uint64_t) = and_or4(IN(uint64_t, 0), IN(uint64_t, 1)))
RUN(xor8, *OUT(uint32_t) = xor8(IN(uint32_t, 0)))
RUN(all_equal8, *OUT(int) = all_equal8(IN(uint16_t, 0), IN(uint16_t, 1)))
RUN(any_below4, *OUT(int) = any_below4(IN(float, 0), IN(float, 1)[0]))
RUN(moments4, moments4(OUT(double), IN(double, 0)))

const struct kernel reduction_kernels[] = {
    ENTRY(dot8_i32, "iii"),
    ENTRY(dot8_i16, "iss"),
    ENTRY(dot4_f64, "ddd"),
    ENTRY(dot8_f64_fast, "ddd"),
    ENTRY(dot4_f32_fast, "fff"),
    ENTRY(sum8_pairs, "dd"),
    ENTRY(sum8_i32, "ii"),
    ENTRY(sum16_u8, "ib"),
    ENTRY(sad8_u8, "ibb"),
    ENTRY(sad16_u8, "ibb"),
    ENTRY(squares8_u8, "ibb"),
    ENTRY(min8_i32, "ii"),
    ENTRY(max4_u32, "iw"),
    ENTRY(and_or4, "www"),
    ENTRY(xor8, "ww"),
    ENTRY(all_equal8, "iww"),
    ENTRY(any_below4, "iff"),
    ENTRY(moments4, "dd"),
    {0},
};
