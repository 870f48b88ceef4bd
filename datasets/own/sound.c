/* Sound: filters, mixing, windows, envelopes, sample formats. */
#include <math.h>
#include <stdint.h>

struct section {
    float b0, b1, b2, a1, a2;
    float z1[4], z2[4];
};

/* One frame of four channels through a second-order section, in place. */
void section_frame(struct section *s, float *x)
{
    for (int c = 0; c < 4; c++) {
        float y = s->b0 * x[c] + s->z1[c];

        s->z1[c] = s->b1 * x[c] - s->a1 * y + s->z2[c];
        s->z2[c] = s->b2 * x[c] - s->a2 * y;
        x[c] = y;
    }
}

/* Six channels folded down to two. */
void fold_down(float *restrict out, const float *restrict in, int frames)
{
    const float centre = 0.70710678f, back = 0.5f;

    for (int i = 0; i < frames; i++, in += 6, out += 2) {
        out[0] = in[0] + centre * in[2] + back * in[4] + 0.1f * in[3];
        out[1] = in[1] + centre * in[2] + back * in[5] + 0.1f * in[3];
    }
}

/* Sum and difference of a stereo pair, and back with a width. */
void stereo_width(int16_t *s, int frames, int width)
{
    for (int i = 0; i < frames; i++) {
        int mid = (s[2 * i] + s[2 * i + 1]) >> 1;
        int side = ((s[2 * i] - s[2 * i + 1]) * width) >> 9;
        int left = mid + side, right = mid - side;

        s[2 * i] = (int16_t)(left > 32767 ? 32767 : left < -32768 ? -32768 : left);
        s[2 * i + 1] = (int16_t)(right > 32767 ? 32767 : right < -32768 ? -32768 : right);
    }
}

/* Packed 24-bit samples, little endian, to floats; four at a time. */
void unpack24(float *out, const uint8_t *in, int n)
{
    for (int i = 0; i + 4 <= n; i += 4, in += 12) {
        int32_t a = (int32_t)((uint32_t)in[0] << 8 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 24);
        int32_t b = (int32_t)((uint32_t)in[3] << 8 | (uint32_t)in[4] << 16 | (uint32_t)in[5] << 24);
        int32_t c = (int32_t)((uint32_t)in[6] << 8 | (uint32_t)in[7] << 16 | (uint32_t)in[8] << 24);
        int32_t d = (int32_t)((uint32_t)in[9] << 8 | (uint32_t)in[10] << 16 | (uint32_t)in[11] << 24);

        out[i] = (float)a * 4.656612873e-10f;
        out[i + 1] = (float)b * 4.656612873e-10f;
        out[i + 2] = (float)c * 4.656612873e-10f;
        out[i + 3] = (float)d * 4.656612873e-10f;
    }
}

/* Folds a windowed block of eight onto its overlap, the even half mirrored. */
void fold_window(float *restrict out, const float *restrict x, const float *restrict w)
{
    for (int i = 0; i < 4; i++) {
        out[i] = x[i] * w[i] - x[7 - i] * w[7 - i];
        out[4 + i] = x[8 + i] * w[7 - i] + x[15 - i] * w[i];
    }
}

/* A lattice filter with four reflections; state carried along. */
float lattice(float x, const float *k, float *state)
{
    float f3 = x - k[3] * state[3];
    float f2 = f3 - k[2] * state[2];
    float f1 = f2 - k[1] * state[1];
    float f0 = f1 - k[0] * state[0];

    state[4] = state[3] + k[3] * f3;
    state[3] = state[2] + k[2] * f2;
    state[2] = state[1] + k[1] * f1;
    state[1] = state[0] + k[0] * f0;
    state[0] = f0;
    return f0;
}

/* Energies of four bands from interleaved spectra. */
void band_energy(double *energy, const double *re, const double *im, int bins)
{
    double e0 = 0.0, e1 = 0.0, e2 = 0.0, e3 = 0.0;

    for (int i = 0; i < bins; i += 4) {
        e0 += re[i] * re[i] + im[i] * im[i];
        e1 += re[i + 1] * re[i + 1] + im[i + 1] * im[i + 1];
        e2 += re[i + 2] * re[i + 2] + im[i + 2] * im[i + 2];
        e3 += re[i + 3] * re[i + 3] + im[i + 3] * im[i + 3];
    }
    energy[0] = 10.0 * log10(e0 + 1e-30);
    energy[1] = 10.0 * log10(e1 + 1e-30);
    energy[2] = 10.0 * log10(e2 + 1e-30);
    energy[3] = 10.0 * log10(e3 + 1e-30);
}

/* Cosine transform of four values, orthogonal. */
void cosine4(float *x)
{
    const float c1 = 0.6532814824f, c3 = 0.2705980501f;
    float s03 = x[0] + x[3], d03 = x[0] - x[3];
    float s12 = x[1] + x[2], d12 = x[1] - x[2];

    x[0] = 0.5f * (s03 + s12);
    x[1] = c1 * d03 + c3 * d12;
    x[2] = 0.5f * (s03 - s12);
    x[3] = c3 * d03 - c1 * d12;
}
