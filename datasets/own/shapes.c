/* Computational geometry: predicates, clipping, distances, curves. */
#include <math.h>
#include <stdint.h>

struct point3 {
    double x, y, z;
};

struct segment {
    float x0, y0, x1, y1;
};

/* Six times the volume of a tetrahedron, and the areas' normals of its faces at one corner. */
double tetrahedron(const struct point3 *p, struct point3 *normal)
{
    double ax = p[1].x - p[0].x, ay = p[1].y - p[0].y, az = p[1].z - p[0].z;
    double bx = p[2].x - p[0].x, by = p[2].y - p[0].y, bz = p[2].z - p[0].z;
    double cx = p[3].x - p[0].x, cy = p[3].y - p[0].y, cz = p[3].z - p[0].z;

    normal[0] = (struct point3){ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx};
    normal[1] = (struct point3){by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx};
    normal[2] = (struct point3){cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax};
    return normal[0].x * cx + normal[0].y * cy + normal[0].z * cz;
}

/* Entry and exit of a ray through four boxes, slabs axis by axis. */
void ray_boxes(float *restrict enter, float *restrict leave, const float *restrict low, const float *restrict high,
               const float *restrict origin, const float *restrict inverse)
{
    for (int b = 0; b < 4; b++) {
        float t0 = 0.0f, t1 = 1e30f;

        for (int axis = 0; axis < 3; axis++) {
            float a = (low[4 * axis + b] - origin[axis]) * inverse[axis];
            float c = (high[4 * axis + b] - origin[axis]) * inverse[axis];
            float near = a < c ? a : c, far = a < c ? c : a;

            t0 = near > t0 ? near : t0;
            t1 = far < t1 ? far : t1;
        }
        enter[b] = t0;
        leave[b] = t1;
    }
}

/* Splits a cubic curve in the plane at t: eight control values each. */
void split_cubic(const double *c, double t, double *left, double *right)
{
    for (int k = 0; k < 2; k++) {
        double p0 = c[k], p1 = c[2 + k], p2 = c[4 + k], p3 = c[6 + k];
        double a = p0 + t * (p1 - p0), b = p1 + t * (p2 - p1), d = p2 + t * (p3 - p2);
        double ab = a + t * (b - a), bd = b + t * (d - b);
        double m = ab + t * (bd - ab);

        left[k] = p0;
        left[2 + k] = a;
        left[4 + k] = ab;
        left[6 + k] = m;
        right[k] = m;
        right[2 + k] = bd;
        right[4 + k] = d;
        right[6 + k] = p3;
    }
}

/* Lengths and directions of segments. */
void directions(float *restrict out, const struct segment *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        float dx = s[i].x1 - s[i].x0, dy = s[i].y1 - s[i].y0;
        float length = sqrtf(dx * dx + dy * dy) + 1e-20f;

        out[3 * i] = dx / length;
        out[3 * i + 1] = dy / length;
        out[3 * i + 2] = length;
    }
}

/* Is a point in the circle through three others: the determinant. */
double in_circle(const double *a, const double *b, const double *c, const double *p)
{
    double ax = a[0] - p[0], ay = a[1] - p[1];
    double bx = b[0] - p[0], by = b[1] - p[1];
    double cx = c[0] - p[0], cy = c[1] - p[1];
    double a2 = ax * ax + ay * ay, b2 = bx * bx + by * by, c2 = cx * cx + cy * cy;

    return a2 * (bx * cy - by * cx) - b2 * (ax * cy - ay * cx) + c2 * (ax * by - ay * bx);
}

/* Weights of a point in a triangle, and its colour by them. */
void shade(float *restrict rgba, const float *restrict corner, const float *restrict colour, float x, float y)
{
    float x0 = corner[0] - x, y0 = corner[1] - y, x1 = corner[2] - x, y1 = corner[3] - y, x2 = corner[4] - x,
          y2 = corner[5] - y;
    float w0 = x1 * y2 - x2 * y1, w1 = x2 * y0 - x0 * y2, w2 = x0 * y1 - x1 * y0;
    float r = 1.0f / (w0 + w1 + w2);

    for (int c = 0; c < 4; c++)
        rgba[c] = r * (w0 * colour[c] + w1 * colour[4 + c] + w2 * colour[8 + c]);
}

/* Interleaves the low 16 bits of pairs of coordinates, four pairs. */
void curve_index(uint32_t *restrict out, const uint32_t *restrict xy)
{
    for (int i = 0; i < 4; i++) {
        uint32_t x = xy[2 * i] & 0xffff, y = xy[2 * i + 1] & 0xffff;

        x = (x | x << 8) & 0x00ff00ff;
        y = (y | y << 8) & 0x00ff00ff;
        x = (x | x << 4) & 0x0f0f0f0f;
        y = (y | y << 4) & 0x0f0f0f0f;
        x = (x | x << 2) & 0x33333333;
        y = (y | y << 2) & 0x33333333;
        x = (x | x << 1) & 0x55555555;
        y = (y | y << 1) & 0x55555555;
        out[i] = x | y << 1;
    }
}

/* Signed distances of a box's eight corners from a plane; how many are in front. */
int corners_in_front(const double *low, const double *high, const double *plane, double *distance)
{
    double x0 = plane[0] * low[0], x1 = plane[0] * high[0];
    double y0 = plane[1] * low[1], y1 = plane[1] * high[1];
    double z0 = plane[2] * low[2] + plane[3], z1 = plane[2] * high[2] + plane[3];
    int front = 0;

    distance[0] = x0 + y0 + z0;
    distance[1] = x1 + y0 + z0;
    distance[2] = x0 + y1 + z0;
    distance[3] = x1 + y1 + z0;
    distance[4] = x0 + y0 + z1;
    distance[5] = x1 + y0 + z1;
    distance[6] = x0 + y1 + z1;
    distance[7] = x1 + y1 + z1;
    for (int i = 0; i < 8; i++)
        front += distance[i] > 0.0;
    return front;
}
