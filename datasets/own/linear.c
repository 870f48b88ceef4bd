/* Small dense linear algebra and numerics as simulation codes have it: fixed sizes, plain loops, plain pointers. */
#include <math.h>
#include <stddef.h>

/* y = A x for a symmetric 3x3 matrix kept as its six upper elements. */
void symmetric3_apply(double *restrict y, const double *restrict a, const double *restrict x)
{
    y[0] = a[0] * x[0] + a[1] * x[1] + a[2] * x[2];
    y[1] = a[1] * x[0] + a[3] * x[1] + a[4] * x[2];
    y[2] = a[2] * x[0] + a[4] * x[1] + a[5] * x[2];
}

/* Stress from strain in Voigt order, isotropic material. */
void isotropic_stress(double *stress, const double *strain, double lambda, double mu)
{
    double trace = strain[0] + strain[1] + strain[2];

    stress[0] = lambda * trace + 2.0 * mu * strain[0];
    stress[1] = lambda * trace + 2.0 * mu * strain[1];
    stress[2] = lambda * trace + 2.0 * mu * strain[2];
    stress[3] = mu * strain[3];
    stress[4] = mu * strain[4];
    stress[5] = mu * strain[5];
}

/* Cholesky factor of n systems of size 4, lower triangles by rows, in place. Returns how many are not definite. */
int cholesky4(double (*m)[10], int n)
{
    int bad = 0;

    for (int i = 0; i < n; i++) {
        double *l = m[i];
        double d0 = l[0], d1, d2, d3;

        bad += d0 <= 0.0;
        l[0] = sqrt(d0);
        l[1] /= l[0];
        l[3] /= l[0];
        l[6] /= l[0];
        d1 = l[2] - l[1] * l[1];
        bad += d1 <= 0.0;
        l[2] = sqrt(d1);
        l[4] = (l[4] - l[3] * l[1]) / l[2];
        l[7] = (l[7] - l[6] * l[1]) / l[2];
        d2 = l[5] - l[3] * l[3] - l[4] * l[4];
        bad += d2 <= 0.0;
        l[5] = sqrt(d2);
        l[8] = (l[8] - l[6] * l[3] - l[7] * l[4]) / l[5];
        d3 = l[9] - l[6] * l[6] - l[7] * l[7] - l[8] * l[8];
        bad += d3 <= 0.0;
        l[9] = sqrt(d3);
    }
    return bad;
}

/* C += A^T B for 6x3 blocks, as a normal-equation accumulator has it. */
void accumulate_normal(double *restrict c, const double *restrict a, const double *restrict b)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double sum = 0.0;

            for (int k = 0; k < 6; k++)
                sum += a[k * 3 + i] * b[k * 3 + j];
            c[i * 3 + j] += sum;
        }
}

/* One step of a Runge-Kutta combination for four unknowns. */
void combine_stages(double *y, const double *k1, const double *k2, const double *k3, const double *k4, double h)
{
    const double w = h / 6.0;

    for (int i = 0; i < 4; i++)
        y[i] += w * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

/* Chebyshev series of two functions at one place. */
void chebyshev_pair(const float *c, const float *d, int n, float x, float *out)
{
    float c1 = 0.0f, c2 = 0.0f, d1 = 0.0f, d2 = 0.0f;
    const float twice = 2.0f * x;

    for (int i = n - 1; i > 0; i--) {
        float c0 = c[i] + twice * c1 - c2;
        float d0 = d[i] + twice * d1 - d2;

        c2 = c1;
        c1 = c0;
        d2 = d1;
        d1 = d0;
    }
    out[0] = c[0] + x * c1 - c2;
    out[1] = d[0] + x * d1 - d2;
}

/* Values and slopes of the four cubic basis functions on a knot span. */
void cubic_basis(double t, double *value, double *slope)
{
    const double s = 1.0 - t;

    value[0] = s * s * s / 6.0;
    value[1] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0;
    value[2] = (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0;
    value[3] = t * t * t / 6.0;
    slope[0] = -0.5 * s * s;
    slope[1] = 1.5 * t * t - 2.0 * t;
    slope[2] = 2.0 * s - 1.5 * s * s;
    slope[3] = 0.5 * t * t;
}

/* A plane rotation of two rows of a matrix with four columns each step. */
void rotate_rows(double *p, double *q, double c, double s, size_t n)
{
    for (size_t j = 0; j + 4 <= n; j += 4) {
        double a0 = p[j], a1 = p[j + 1], a2 = p[j + 2], a3 = p[j + 3];
        double b0 = q[j], b1 = q[j + 1], b2 = q[j + 2], b3 = q[j + 3];

        p[j] = c * a0 + s * b0;
        p[j + 1] = c * a1 + s * b1;
        p[j + 2] = c * a2 + s * b2;
        p[j + 3] = c * a3 + s * b3;
        q[j] = c * b0 - s * a0;
        q[j + 1] = c * b1 - s * a1;
        q[j + 2] = c * b2 - s * a2;
        q[j + 3] = c * b3 - s * a3;
    }
}
