/* Small matrices and vectors, rows first unless it says otherwise. */
#include "harness.h"

#define PRODUCT(name, type, n)                                                                                         \
    KERNEL void name(type *restrict c, const type *restrict a, const type *restrict b)                                \
    {                                                                                                                  \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++)                                                 \
            _Pragma("clang loop unroll(full)") for (int j = 0; j < n; j++)                                             \
        {                                                                                                              \
            type sum = a[i * n] * b[j];                                                                                \
            _Pragma("clang loop unroll(full)") for (int k = 1; k < n; k++) sum += a[i * n + k] * b[k * n + j];         \
            c[i * n + j] = sum;                                                                                        \
        }                                                                                                              \
    }

PRODUCT(matmul3_f64, double, 3)
PRODUCT(matmul3_f32, float, 3)
PRODUCT(matmul4_f64, double, 4)
PRODUCT(matmul4_f32, float, 4)
PRODUCT(matmul5_f64, double, 5)

KERNEL void matvec3_f64(double *restrict out, const double *restrict m, const double *restrict v)
{
    out[0] = m[0] * v[0] + m[1] * v[1] + m[2] * v[2];
    out[1] = m[3] * v[0] + m[4] * v[1] + m[5] * v[2];
    out[2] = m[6] * v[0] + m[7] * v[1] + m[8] * v[2];
}

KERNEL void matvec4_f32(float *restrict out, const float *restrict m, const float *restrict v)
{
    out[0] = m[0] * v[0] + m[1] * v[1] + m[2] * v[2] + m[3] * v[3];
    out[1] = m[4] * v[0] + m[5] * v[1] + m[6] * v[2] + m[7] * v[3];
    out[2] = m[8] * v[0] + m[9] * v[1] + m[10] * v[2] + m[11] * v[3];
    out[3] = m[12] * v[0] + m[13] * v[1] + m[14] * v[2] + m[15] * v[3];
}

KERNEL void matvec5_rows(double *restrict out, const double m[5][5], const double *restrict v)
{
    for (int i = 0; i < 5; i++)
        out[i] -= m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2] + m[i][3] * v[3] + m[i][4] * v[4];
}

/* m[column][row] */
KERNEL void matvec5_columns(double *restrict out, const double m[5][5], const double *restrict v)
{
    for (int i = 0; i < 5; i++)
        out[i] -= m[0][i] * v[0] + m[1][i] * v[1] + m[2][i] * v[2] + m[3][i] * v[3] + m[4][i] * v[4];
}

struct point {
    double x, y, z;
};

/* Rows of a 3x4 affine map, a point in and out by value. */
KERNEL struct point affine_point(const double *restrict m, struct point p)
{
    struct point q;
    q.x = m[0] * p.x + m[1] * p.y + m[2] * p.z + m[3];
    q.y = m[4] * p.x + m[5] * p.y + m[6] * p.z + m[7];
    q.z = m[8] * p.x + m[9] * p.y + m[10] * p.z + m[11];
    return q;
}

KERNEL double determinant3(const double *m)
{
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

KERNEL void inverse3(double *restrict out, const double *restrict m)
{
    double c00 = m[4] * m[8] - m[5] * m[7], c01 = m[5] * m[6] - m[3] * m[8], c02 = m[3] * m[7] - m[4] * m[6];
    double scale = 1.0 / (m[0] * c00 + m[1] * c01 + m[2] * c02);
    out[0] = c00 * scale;
    out[1] = (m[2] * m[7] - m[1] * m[8]) * scale;
    out[2] = (m[1] * m[5] - m[2] * m[4]) * scale;
    out[3] = c01 * scale;
    out[4] = (m[0] * m[8] - m[2] * m[6]) * scale;
    out[5] = (m[2] * m[3] - m[0] * m[5]) * scale;
    out[6] = c02 * scale;
    out[7] = (m[1] * m[6] - m[0] * m[7]) * scale;
    out[8] = (m[0] * m[4] - m[1] * m[3]) * scale;
}

KERNEL void outer_product4(double *restrict m, const double *restrict a, const double *restrict b)
{
    for (int i = 0; i < 4; i++) {
        m[4 * i] = a[i] * b[0];
        m[4 * i + 1] = a[i] * b[1];
        m[4 * i + 2] = a[i] * b[2];
        m[4 * i + 3] = a[i] * b[3];
    }
}

RUN(matmul3_f64, matmul3_f64(OUT(double), IN(double, 0), IN(double, 1)))
RUN(matmul3_f32, matmul3_f32(OUT(float), IN(float, 0), IN(float, 1)))
RUN(matmul4_f64, matmul4_f64(OUT(double), IN(double, 0), IN(double, 1)))
RUN(matmul4_f32, matmul4_f32(OUT(float), IN(float, 0), IN(float, 1)))
RUN(matmul5_f64, matmul5_f64(OUT(double), IN(double, 0), IN(double, 1)))
RUN(matvec3_f64, matvec3_f64(OUT(double), IN(double, 0), IN(double, 1)))
RUN(matvec4_f32, matvec4_f32(OUT(float), IN(float, 0), IN(float, 1)))
RUN(matvec5_rows, matvec5_rows(OUT(double), b->in[0], IN(double, 1)))
RUN(matvec5_columns, matvec5_columns(OUT(double), b->in[0], IN(double, 1)))
RUN(affine_point, *OUT(struct point) = affine_point(IN(double, 0), *IN(struct point, 1)))
RUN(determinant3, *OUT(double) = determinant3(IN(double, 0)))
RUN(inverse3, inverse3(OUT(double), IN(double, 0)))
RUN(outer_product4, outer_product4(OUT(double), IN(double, 0), IN(double, 1)))

const struct kernel matrix_kernels[] = {
    ENTRY(matmul3_f64, "ddd"),
    ENTRY(matmul3_f32, "fff"),
    ENTRY(matmul4_f64, "ddd"),
    ENTRY(matmul4_f32, "fff"),
    ENTRY(matmul5_f64, "ddd"),
    ENTRY(matvec3_f64, "ddd"),
    ENTRY(matvec4_f32, "fff"),
    ENTRY(matvec5_rows, "ddd"),
    ENTRY(matvec5_columns, "ddd"),
    ENTRY(affine_point, "ddd"),
    ENTRY(determinant3, "dd"),
    ENTRY(inverse3, "d3"),
    ENTRY(outer_product4, "ddd"),
    {0},
};
