/* Vectors in space as games and renderers have them. */
#include "harness.h"

#include <math.h>

struct vec3 {
    double x, y, z;
};

struct ray {
    float origin[3], inverse[3];
};

struct box {
    float low[3], high[3];
};

KERNEL void quaternion_product(double *restrict out, const double *restrict a, const double *restrict b)
{
    out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
    out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
    out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
    out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

KERNEL struct vec3 cross_product(struct vec3 a, struct vec3 b)
{
    return (struct vec3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

KERNEL void cross_product_f32(float *restrict out, const float *restrict a, const float *restrict b)
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

KERNEL void normalize3(double *restrict out, const double *restrict v)
{
    double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    out[0] = v[0] / length;
    out[1] = v[1] / length;
    out[2] = v[2] / length;
}

/* Two vectors of four, each by its own length. */
KERNEL void normalize4_two(float *restrict out, const float *restrict v)
{
    float first = sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
    float second = sqrtf(v[4] * v[4] + v[5] * v[5] + v[6] * v[6] + v[7] * v[7]);
    out[0] = v[0] / first;
    out[1] = v[1] / first;
    out[2] = v[2] / first;
    out[3] = v[3] / first;
    out[4] = v[4] / second;
    out[5] = v[5] / second;
    out[6] = v[6] / second;
    out[7] = v[7] / second;
}

KERNEL double distance3(const double *restrict a, const double *restrict b)
{
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return sqrt(x * x + y * y + z * z);
}

/* Two points of the plane by one angle. */
KERNEL void rotate2(double *restrict p, double c, double s)
{
    double x0 = p[0], y0 = p[1], x1 = p[2], y1 = p[3];
    p[0] = c * x0 - s * y0;
    p[1] = s * x0 + c * y0;
    p[2] = c * x1 - s * y1;
    p[3] = s * x1 + c * y1;
}

/* A Givens rotation of two rows of four. */
KERNEL void rotate_rows(double *restrict a, double *restrict b, double c, double s)
{
    for (int i = 0; i < 4; i++) {
        double x = a[i], y = b[i];
        a[i] = c * x + s * y;
        b[i] = c * y - s * x;
    }
}

/* v + 2 w (q x v) + 2 q x (q x v), q = (w, x, y, z) */
KERNEL void rotate_by_quaternion(float *restrict out, const float *restrict q, const float *restrict v)
{
    float tx = 2.0f * (q[2] * v[2] - q[3] * v[1]);
    float ty = 2.0f * (q[3] * v[0] - q[1] * v[2]);
    float tz = 2.0f * (q[1] * v[1] - q[2] * v[0]);
    out[0] = v[0] + q[0] * tx + (q[2] * tz - q[3] * ty);
    out[1] = v[1] + q[0] * ty + (q[3] * tx - q[1] * tz);
    out[2] = v[2] + q[0] * tz + (q[1] * ty - q[2] * tx);
}

/* Where a ray enters and leaves a box; -1 where it misses. */
KERNEL float ray_box(const struct ray *r, const struct box *b)
{
    float x0 = (b->low[0] - r->origin[0]) * r->inverse[0], x1 = (b->high[0] - r->origin[0]) * r->inverse[0];
    float y0 = (b->low[1] - r->origin[1]) * r->inverse[1], y1 = (b->high[1] - r->origin[1]) * r->inverse[1];
    float z0 = (b->low[2] - r->origin[2]) * r->inverse[2], z1 = (b->high[2] - r->origin[2]) * r->inverse[2];
    float near_x = x0 < x1 ? x0 : x1, far_x = x0 < x1 ? x1 : x0;
    float near_y = y0 < y1 ? y0 : y1, far_y = y0 < y1 ? y1 : y0;
    float near_z = z0 < z1 ? z0 : z1, far_z = z0 < z1 ? z1 : z0;
    float enter = near_x > near_y ? near_x : near_y, leave = far_x < far_y ? far_x : far_y;
    enter = enter > near_z ? enter : near_z;
    leave = leave < far_z ? leave : far_z;
    return enter <= leave ? enter : -1.0f;
}

KERNEL void box_merge(struct box *restrict out, const struct box *restrict a, const struct box *restrict b)
{
    for (int i = 0; i < 3; i++) {
        out->low[i] = a->low[i] < b->low[i] ? a->low[i] : b->low[i];
        out->high[i] = a->high[i] > b->high[i] ? a->high[i] : b->high[i];
    }
}

KERNEL int box_contains(const struct box *b, const float *p)
{
    return p[0] >= b->low[0] && p[1] >= b->low[1] && p[2] >= b->low[2] && p[0] <= b->high[0] && p[1] <= b->high[1] &&
           p[2] <= b->high[2];
}

KERNEL void reflect(double *restrict out, const double *restrict d, const double *restrict n)
{
    double twice = 2.0 * (d[0] * n[0] + d[1] * n[1] + d[2] * n[2]);
    out[0] = d[0] - twice * n[0];
    out[1] = d[1] - twice * n[1];
    out[2] = d[2] - twice * n[2];
}

KERNEL void interpolate4(float *restrict out, const float *restrict a, const float *restrict b, float t)
{
    out[0] = a[0] + t * (b[0] - a[0]);
    out[1] = a[1] + t * (b[1] - a[1]);
    out[2] = a[2] + t * (b[2] - a[2]);
    out[3] = a[3] + t * (b[3] - a[3]);
}

RUN(quaternion_product, quaternion_product(OUT(double), IN(double, 0), IN(double, 1)))
RUN(cross_product, *OUT(struct vec3) = cross_product(*IN(struct vec3, 0), *IN(struct vec3, 1)))
RUN(cross_product_f32, cross_product_f32(OUT(float), IN(float, 0), IN(float, 1)))
RUN(normalize3, normalize3(OUT(double), IN(double, 0)))
RUN(normalize4_two, normalize4_two(OUT(float), IN(float, 0)))
RUN(distance3, *OUT(double) = distance3(IN(double, 0), IN(double, 1)))
RUN(rotate2, rotate2(OUT(double), 0.6, 0.8))
RUN(rotate_rows, rotate_rows(OUT(double), OUT(double) + 4, 0.6, 0.8))
RUN(rotate_by_quaternion, rotate_by_quaternion(OUT(float), IN(float, 0), IN(float, 1)))
RUN(ray_box, *OUT(float) = ray_box(IN(struct ray, 0), IN(struct box, 1)))
RUN(box_merge, box_merge(OUT(struct box), IN(struct box, 0), IN(struct box, 1)))
RUN(box_contains, *OUT(int) = box_contains(IN(struct box, 0), IN(float, 1)))
RUN(reflect, reflect(OUT(double), IN(double, 0), IN(double, 1)))
RUN(interpolate4, interpolate4(OUT(float), IN(float, 0), IN(float, 1), IN(float, 2)[0]))

const struct kernel geometry_kernels[] = {
    ENTRY(quaternion_product, "ddd"),
    ENTRY(cross_product, "ddd"),
    ENTRY(cross_product_f32, "fff"),
    ENTRY(normalize3, "dp"),
    ENTRY(normalize4_two, "fq"),
    ENTRY(distance3, "ddd"),
    ENTRY(rotate2, "d"),
    ENTRY(rotate_rows, "d"),
    ENTRY(rotate_by_quaternion, "fff"),
    ENTRY(ray_box, "fqf"),
    ENTRY(box_merge, "fff"),
    ENTRY(box_contains, "iff"),
    ENTRY(reflect, "ddd"),
    ENTRY(interpolate4, "ffff"),
    {0},
};
