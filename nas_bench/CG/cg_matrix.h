/* CG's matrix in compressed rows: A = sum over i of weight_i x_i x_i' + (rcond - shift) I with random
   sparse vectors x_i. Nothing here is timed. */
#ifndef CG_MATRIX_H
#define CG_MATRIX_H

#include "nas_config.h"

#include <math.h>
#include <stdbool.h>

#include "nas_random.h"

#define N CG_NA
#define MAX_LENGTH (CG_NONZER + 1)
#define MAX_NONZEROS (N * MAX_LENGTH * MAX_LENGTH)

typedef struct {
    int length;
    int index[MAX_LENGTH];
    double value[MAX_LENGTH];
} sparse_vector;

/* A vector that has an entry in some column, and which of its entries that is. */
typedef struct {
    int vector, entry;
} occurrence;

static sparse_vector vectors[N];

static int row_start[N + 1];
static int column[MAX_NONZEROS]; /* ascending in each row */
static double value[MAX_NONZEROS];

/* The entry of v with this index, or v's length if there is none. */
static int find_entry(const sparse_vector *v, int index)
{
    int e = 0;
    while (e < v->length && v->index[e] != index)
        e++;
    return e;
}

/* CG_NONZER entries with different random indices; rejected ones use up both of their numbers. */
static void make_vector(sparse_vector *v, double *seed)
{
    int range = 1;
    while (range < N)
        range *= 2;
    v->length = 0;
    while (v->length < CG_NONZER) {
        const double entry_value = randlc(seed, RNG_MULTIPLIER);
        const int index = (int)(range * randlc(seed, RNG_MULTIPLIER));
        if (index < N && find_entry(v, index) == v->length) {
            v->index[v->length] = index;
            v->value[v->length] = entry_value;
            v->length++;
        }
    }
}

/* All x_i; the entry i of x_i is 1/2 whatever was drawn. */
static void make_vectors(double *seed)
{
    (void)randlc(seed, RNG_MULTIPLIER); /* the first number is not used */
    for (int i = 0; i < N; i++) {
        sparse_vector *v = &vectors[i];
        make_vector(v, seed);
        const int e = find_entry(v, i);
        if (e == v->length)
            v->length++;
        v->index[e] = i;
        v->value[e] = 0.5;
    }
}

/* sums[i] becomes the sum of all elements before i; sums has one more element than what is summed. */
static void exclusive_sum(int sums[N + 1])
{
    int before = 0;
    for (int i = 0; i <= N; i++) {
        const int here = sums[i];
        sums[i] = before;
        before += here;
    }
}

/* List the vectors with an entry in column c at list[start[c]] .. list[start[c + 1] - 1], in order. */
static void list_columns(int start[N + 1], occurrence *list)
{
    static int next[N + 1];
    for (int i = 0; i < N; i++)
        for (int e = 0; e < vectors[i].length; e++)
            start[vectors[i].index[e]]++;
    exclusive_sum(start);
    for (int c = 0; c < N; c++)
        next[c] = start[c];
    for (int i = 0; i < N; i++)
        for (int e = 0; e < vectors[i].length; e++)
            list[next[vectors[i].index[e]]++] = (occurrence){i, e};
}

/* row_start for rows that have room for every contribution, before equal columns are added. */
static void reserve_rows(void)
{
    for (int i = 0; i < N; i++)
        for (int e = 0; e < vectors[i].length; e++)
            row_start[vectors[i].index[e]] += vectors[i].length;
    exclusive_sum(row_start);
}

/* Column c of weight x x', where c is an entry of x = vectors[i], into the rows, which end at row_end.
   Columns come in ascending order, so an element that exists already is the last of its row. */
static void add_column(int i, int entry, double weight, int row_end[N])
{
    const sparse_vector *v = &vectors[i];
    const int c = v->index[entry];
    for (int e = 0; e < v->length; e++) {
        const int row = v->index[e];
        double contribution = v->value[entry] * (weight * v->value[e]);
        if (row == i && c == i)
            contribution += CG_RCOND - CG_SHIFT;
        const int last = row_end[row] - 1;
        if (last >= row_start[row] && column[last] == c) {
            value[last] += contribution;
        } else {
            column[row_end[row]] = c;
            value[row_end[row]] = contribution;
            row_end[row]++;
        }
    }
}

/* Close the gaps between the rows. */
static void compact_rows(const int row_end[N])
{
    int filled = 0;
    for (int row = 0; row < N; row++) {
        const int begin = row_start[row];
        row_start[row] = filled;
        for (int k = begin; k < row_end[row]; k++) {
            column[filled] = column[k];
            value[filled] = value[k];
            filled++;
        }
    }
    row_start[N] = filled;
}

/* The matrix from the vectors, column by column. */
static void make_matrix(void)
{
    static double weight[N];
    static int list_start[N + 1], row_end[N];
    static occurrence list[N * MAX_LENGTH];

    const double ratio = pow(CG_RCOND, 1.0 / N);
    weight[0] = 1.0;
    for (int i = 1; i < N; i++)
        weight[i] = weight[i - 1] * ratio;

    list_columns(list_start, list);
    reserve_rows();
    for (int row = 0; row < N; row++)
        row_end[row] = row_start[row];
    for (int c = 0; c < N; c++)
        for (int l = list_start[c]; l < list_start[c + 1]; l++)
            add_column(list[l].vector, list[l].entry, weight[list[l].vector], row_end);
    compact_rows(row_end);
}

#endif
