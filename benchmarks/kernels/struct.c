/* Fields of structs, read and written together: particles, bodies, counters. */
#include "harness.h"

#include <math.h>

struct particle {
    double x, y, z, vx, vy, vz, mass;
};

struct pair {
    double position[2][3], velocity[2][3], mass[2];
};

KERNEL void particle_move(struct particle *p, double dt)
{
    p->x += dt * p->vx;
    p->y += dt * p->vy;
    p->z += dt * p->vz;
}

KERNEL void particle_bounce(struct particle *restrict p, double damping)
{
    p->vx = p->x < 0.0 ? -p->vx * damping : p->vx;
    p->vy = p->y < 0.0 ? -p->vy * damping : p->vy;
    p->vz = p->z < 0.0 ? -p->vz * damping : p->vz;
}

/* Two bodies pull at each other for a moment. */
KERNEL void nbody_step(struct particle *restrict a, struct particle *restrict b, double dt)
{
    double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
    double distance2 = dx * dx + dy * dy + dz * dz;
    double magnitude = dt / (distance2 * sqrt(distance2));
    a->vx -= dx * b->mass * magnitude;
    a->vy -= dy * b->mass * magnitude;
    a->vz -= dz * b->mass * magnitude;
    b->vx += dx * a->mass * magnitude;
    b->vy += dy * a->mass * magnitude;
    b->vz += dz * a->mass * magnitude;
}

/* The force that one body feels from two others. */
KERNEL void nbody_force(double *restrict f, const double *restrict p, const double *restrict q)
{
    double x0 = q[0] - p[0], y0 = q[1] - p[1], z0 = q[2] - p[2];
    double x1 = q[3] - p[0], y1 = q[4] - p[1], z1 = q[5] - p[2];
    double r0 = x0 * x0 + y0 * y0 + z0 * z0 + 0.01, r1 = x1 * x1 + y1 * y1 + z1 * z1 + 0.01;
    double w0 = 1.0 / (r0 * sqrt(r0)), w1 = 1.0 / (r1 * sqrt(r1));
    f[0] += w0 * x0 + w1 * x1;
    f[1] += w0 * y0 + w1 * y1;
    f[2] += w0 * z0 + w1 * z1;
}

/* A spring between the ends of a pair, both ends at once. */
KERNEL void spring(struct pair *restrict s, double stiffness, double dt)
{
    for (int i = 0; i < 3; i++) {
        double force = stiffness * (s->position[1][i] - s->position[0][i]);
        s->velocity[0][i] += dt * force / s->mass[0];
        s->velocity[1][i] -= dt * force / s->mass[1];
    }
}

struct counters {
    uint64_t packets, bytes, errors, drops;
};

/* Plain pointers: the two may be the same. */
KERNEL void counters_add(struct counters *sum, const struct counters *more)
{
    sum->packets += more->packets;
    sum->bytes += more->bytes;
    sum->errors += more->errors;
    sum->drops += more->drops;
}

struct color {
    uint8_t r, g, b, a;
};

KERNEL struct color color_invert(struct color c)
{
    return (struct color){(uint8_t)(255 - c.r), (uint8_t)(255 - c.g), (uint8_t)(255 - c.b), c.a};
}

/* Four structs of two fields to two arrays. */
KERNEL void to_arrays4(float *restrict x, float *restrict y, const float *restrict xy)
{
    x[0] = xy[0];
    y[0] = xy[1];
    x[1] = xy[2];
    y[1] = xy[3];
    x[2] = xy[4];
    y[2] = xy[5];
    x[3] = xy[6];
    y[3] = xy[7];
}

struct adam {
    float weight[4], moment[4], square[4];
};

/* A step of the Adam optimiser on four weights. */
KERNEL void adam4(struct adam *restrict s, const float *restrict gradient)
{
    for (int i = 0; i < 4; i++) {
        float g = gradient[i];
        s->moment[i] = 0.9f * s->moment[i] + 0.1f * g;
        s->square[i] = 0.999f * s->square[i] + 0.001f * g * g;
        s->weight[i] -= 0.001f * s->moment[i] / (sqrtf(s->square[i]) + 1e-8f);
    }
}

RUN(particle_move, particle_move(b->out, 0x1p-20))
RUN(particle_bounce, particle_bounce(b->out, 0.5))
RUN(nbody_step, nbody_step(b->out, OUT(struct particle) + 1, 0x1p-20))
RUN(nbody_force, nbody_force(OUT(double), IN(double, 0), IN(double, 1)))
RUN(spring, spring(b->out, 0.5, 0x1p-20))
RUN(counters_add, counters_add(b->out, b->in[0]))
RUN(color_invert, *OUT(struct color) = color_invert(*IN(struct color, 0)))
RUN(to_arrays4, to_arrays4(OUT(float), OUT(float) + 4, IN(float, 0)))
RUN(adam4, adam4(b->out, IN(float, 0)))

const struct kernel struct_kernels[] = {
    ENTRY(particle_move, "d"),
    ENTRY(particle_bounce, "d"),
    ENTRY(nbody_step, "p"),
    ENTRY(nbody_force, "ddd"),
    ENTRY(spring, "p"),
    ENTRY(counters_add, "ww"),
    ENTRY(color_invert, "bb"),
    ENTRY(to_arrays4, "ff"),
    ENTRY(adam4, "qq"),
    {0},
};
