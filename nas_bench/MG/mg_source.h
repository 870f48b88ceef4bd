/* MG's right-hand side: +1 at the ten points that draw the largest random numbers, -1 at the ten that
   draw the smallest, 0 elsewhere. Nothing here is timed. */
#ifndef MG_SOURCE_H
#define MG_SOURCE_H

#include "mg_kernels.h"
#include "nas_random.h"

#define CHARGES 10

/* A drawn number, or minus that where the smallest are wanted, and the point it belongs to. */
typedef struct {
    double key;
    int i1, i2, i3;
} charge;

static charge largest[CHARGES], smallest[CHARGES]; /* keys ascend */

/* Put c in its place in the list, and the least out of it, if c's key is larger than that. */
static void keep_larger(charge list[CHARGES], charge c)
{
    if (c.key <= list[0].key)
        return;
    int place = 0;
    while (place + 1 < CHARGES && list[place + 1].key < c.key) {
        list[place] = list[place + 1];
        place++;
    }
    list[place] = c;
}

/* One continuous sequence of random numbers, i1 fastest. */
static void find_charges(void)
{
    double line[MG_N];
    double seed = MG_SEED;
    for (int c = 0; c < CHARGES; c++) {
        largest[c].key = -2.0; /* below every key */
        smallest[c].key = -2.0;
    }
    for (int i3 = 1; i3 <= MG_N; i3++) {
        for (int i2 = 1; i2 <= MG_N; i2++) {
            vranlc(MG_N, &seed, RNG_MULTIPLIER, line);
            for (int i1 = 1; i1 <= MG_N; i1++) {
                keep_larger(largest, (charge){line[i1 - 1], i1, i2, i3});
                keep_larger(smallest, (charge){-line[i1 - 1], i1, i2, i3});
            }
        }
    }
}

static void make_source(double (*NAS_PTR v)[MAX_EXTENT][MAX_EXTENT])
{
    find_charges();
    for (int i3 = 0; i3 < MAX_EXTENT; i3++)
        for (int i2 = 0; i2 < MAX_EXTENT; i2++)
            for (int i1 = 0; i1 < MAX_EXTENT; i1++)
                v[i3][i2][i1] = 0.0;
    for (int c = 0; c < CHARGES; c++) {
        v[largest[c].i3][largest[c].i2][largest[c].i1] = 1.0;
        v[smallest[c].i3][smallest[c].i2][smallest[c].i1] = -1.0;
    }
    wrap(MG_N, v);
}

#endif
