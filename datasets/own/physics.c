/* Simulation steps on structs: springs, rigid bodies, reacting cells, shallow water. */
#include <math.h>

struct node {
    double x, y, z;
    double vx, vy, vz;
    double fx, fy, fz;
    double mass;
};

struct spring {
    int from, to;
    double rest, stiffness, damping;
};

/* Forces of all springs on their two ends. */
void spring_forces(struct node *nodes, const struct spring *springs, int n)
{
    for (int i = 0; i < n; i++) {
        struct node *a = &nodes[springs[i].from], *b = &nodes[springs[i].to];
        double dx = b->x - a->x, dy = b->y - a->y, dz = b->z - a->z;
        double length = sqrt(dx * dx + dy * dy + dz * dz) + 1e-12;
        double closing = (dx * (b->vx - a->vx) + dy * (b->vy - a->vy) + dz * (b->vz - a->vz)) / length;
        double f = (springs[i].stiffness * (length - springs[i].rest) + springs[i].damping * closing) / length;

        a->fx += f * dx;
        a->fy += f * dy;
        a->fz += f * dz;
        b->fx -= f * dx;
        b->fy -= f * dy;
        b->fz -= f * dz;
    }
}

/* Moves nodes and clears their forces. */
void advance_nodes(struct node *nodes, int n, double h)
{
    for (struct node *p = nodes; p < nodes + n; p++) {
        double k = h / p->mass;

        p->vx += k * p->fx;
        p->vy += k * p->fy;
        p->vz += k * p->fz;
        p->x += h * p->vx;
        p->y += h * p->vy;
        p->z += h * p->vz;
        p->fx = p->fy = p->fz = 0.0;
    }
}

/* Euler's equations of a free rigid body with principal moments. */
void free_rotation(float *w, const float *moment, const float *torque, float h)
{
    float dx = (torque[0] - (moment[2] - moment[1]) * w[1] * w[2]) / moment[0];
    float dy = (torque[1] - (moment[0] - moment[2]) * w[2] * w[0]) / moment[1];
    float dz = (torque[2] - (moment[1] - moment[0]) * w[0] * w[1]) / moment[2];

    w[0] += h * dx;
    w[1] += h * dy;
    w[2] += h * dz;
}

/* Flux of shallow water through a face, by Rusanov: height and two momenta. */
void water_flux(double *restrict flux, const double *restrict left, const double *restrict right, double gravity)
{
    double ul = left[1] / left[0], ur = right[1] / right[0];
    double cl = fabs(ul) + sqrt(gravity * left[0]), cr = fabs(ur) + sqrt(gravity * right[0]);
    double speed = cl > cr ? cl : cr;

    flux[0] = 0.5 * (left[1] + right[1]) - 0.5 * speed * (right[0] - left[0]);
    flux[1] = 0.5 * (left[1] * ul + 0.5 * gravity * left[0] * left[0] + right[1] * ur + 0.5 * gravity * right[0] * right[0])
              - 0.5 * speed * (right[1] - left[1]);
    flux[2] = 0.5 * (left[2] * ul + right[2] * ur) - 0.5 * speed * (right[2] - left[2]);
}

/* Three species that react in pairs, a row of cells. */
void react(double (*c)[3], const double *rate, double h, int n)
{
    for (int i = 0; i < n; i++) {
        double r0 = rate[0] * c[i][0] * c[i][1];
        double r1 = rate[1] * c[i][1] * c[i][2];
        double r2 = rate[2] * c[i][2] * c[i][0];

        c[i][0] += h * (r2 - r0);
        c[i][1] += h * (r0 - r1);
        c[i][2] += h * (r1 - r2);
    }
}

/* Field of a point charge and of its mirror image at four places. */
void image_charge(double *restrict e, const double *restrict x, const double *restrict y, double q, double h)
{
    for (int i = 0; i < 4; i++) {
        double above = y[i] - h, below = y[i] + h;
        double r1 = x[i] * x[i] + above * above, r2 = x[i] * x[i] + below * below;
        double k1 = q / (r1 * sqrt(r1)), k2 = q / (r2 * sqrt(r2));

        e[2 * i] = x[i] * (k1 - k2);
        e[2 * i + 1] = above * k1 - below * k2;
    }
}

/* Equilibrium populations of a two-dimensional lattice gas with nine directions. */
void lattice_equilibrium(float *restrict f, float density, float u, float v)
{
    const float square = 1.0f - 1.5f * (u * u + v * v);
    const float p = u + v, m = u - v;
    const float axis = density / 9.0f, diagonal = density / 36.0f;

    f[0] = 4.0f * axis * square;
    f[1] = axis * (square + 3.0f * u + 4.5f * u * u);
    f[2] = axis * (square + 3.0f * v + 4.5f * v * v);
    f[3] = axis * (square - 3.0f * u + 4.5f * u * u);
    f[4] = axis * (square - 3.0f * v + 4.5f * v * v);
    f[5] = diagonal * (square + 3.0f * p + 4.5f * p * p);
    f[6] = diagonal * (square - 3.0f * m + 4.5f * m * m);
    f[7] = diagonal * (square - 3.0f * p + 4.5f * p * p);
    f[8] = diagonal * (square + 3.0f * m + 4.5f * m * m);
}
