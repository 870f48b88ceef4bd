/* IS: ranks of integer keys by a counting sort of bucketed keys. */
#include "nas_config.h"

#include "nas_random.h"
#include "nas_report.h"

#define KEYS (1 << IS_TOTAL_KEYS_LOG2)
#define MAX_KEY (1 << IS_MAX_KEY_LOG2) /* keys are below it */
#define BUCKETS (1 << IS_NUM_BUCKETS_LOG2)
#define BUCKET_SHIFT (IS_MAX_KEY_LOG2 - IS_NUM_BUCKETS_LOG2)
#define TESTS 5
#define NO_RANK (-1)

static int key[KEYS];
static int bucketed[KEYS];        /* the keys, bucket by bucket */
static int bucket_start[BUCKETS]; /* the scatter moves each to the next bucket's start */
static int count[MAX_KEY];        /* after a ranking: of keys that are not larger */

static int found_rank[IS_ITERATIONS][TESTS];
static const int test_index[TESTS] = IS_REF_TEST_INDEX;

/* Each key is the scaled sum of four consecutive random numbers, which doubles hold exactly. */
static void make_keys(void)
{
    double seed = IS_SEED;
    double r[4];
    for (int n = 0; n < KEYS; n++) {
        vranlc(4, &seed, RNG_MULTIPLIER, r);
        key[n] = (int)(MAX_KEY / 4 * (r[0] + r[1] + r[2] + r[3]));
    }
}

/* start[b] = the number of keys in buckets before b */
static void find_buckets(const int *NAS_PTR keys, int *NAS_PTR start)
{
    for (int b = 0; b < BUCKETS; b++)
        start[b] = 0;
    for (int n = 0; n < KEYS; n++)
        start[keys[n] >> BUCKET_SHIFT]++;
    int before = 0;
    for (int b = 0; b < BUCKETS; b++) {
        const int size = start[b];
        start[b] = before;
        before += size;
    }
}

static void scatter(const int *NAS_PTR keys, int *NAS_PTR position, int *NAS_PTR out)
{
    for (int n = 0; n < KEYS; n++)
        out[position[keys[n] >> BUCKET_SHIFT]++] = keys[n];
}

/* at_most[v] = the number of keys <= v */
static void count_keys(const int *NAS_PTR keys, int *NAS_PTR at_most)
{
    for (int v = 0; v < MAX_KEY; v++)
        at_most[v] = 0;
    for (int n = 0; n < KEYS; n++)
        at_most[keys[n]]++;
    for (int v = 1; v < MAX_KEY; v++)
        at_most[v] += at_most[v - 1];
}

/* One ranking; leaves the ranks of the test keys in ranks. */
static void rank_keys(int iteration, int ranks[TESTS])
{
    int test_key[TESTS];
    key[iteration] = iteration;
    key[iteration + IS_ITERATIONS] = MAX_KEY - iteration;
    for (int q = 0; q < TESTS; q++)
        test_key[q] = key[test_index[q]];

    find_buckets(key, bucket_start);
    scatter(key, bucket_start, bucketed);
    count_keys(bucketed, count);

    for (int q = 0; q < TESTS; q++)
        ranks[q] = 0 < test_key[q] && test_key[q] < KEYS ? count[test_key[q] - 1] : NO_RANK;
}

/* Print and judge the rank of every test key in every iteration; return how many are right. */
static int check_ranks(void)
{
    static const int test_rank[TESTS] = IS_REF_TEST_RANK;
    static const int sign[TESTS] = IS_REF_RANK_SIGN;
    static const int offset[TESTS] = IS_REF_RANK_ITER_OFFSET;
    int passed = 0;
    for (int iteration = 1; iteration <= IS_ITERATIONS; iteration++) {
        for (int q = 0; q < TESTS; q++) {
            const int computed = found_rank[iteration - 1][q];
            const int expected = test_rank[q] + sign[q] * (iteration + offset[q]);
            const bool passes = computed == expected;
            printf(" %s rank %2d of key %d  computed %8d  reference %8d  difference %d\n",
                   passes ? "pass" : "FAIL", iteration, q, computed, expected, computed - expected);
            passed += passes;
        }
    }
    return passed;
}

/* Put every key where the last ranking says; return whether they are in order then. */
static bool sort_keys(void)
{
    for (int n = 0; n < KEYS; n++) {
        const int v = bucketed[n];
        count[v]--;
        key[count[v]] = v;
    }
    int misplaced = 0;
    for (int n = 1; n < KEYS; n++)
        misplaced += key[n - 1] > key[n];
    printf(" %s sorted  keys out of order %d\n", misplaced == 0 ? "pass" : "FAIL", misplaced);
    return misplaced == 0;
}

static bool verify(void)
{
    const int right_ranks = check_ranks();
    const bool sorted = sort_keys();
    return right_ranks == IS_ITERATIONS * TESTS && sorted;
}

/* Over the ranks found and the keys: bucket by bucket and sorted. */
static uint64_t result_bits(void)
{
    uint64_t hash = nas_fnv(NAS_FNV_START, found_rank, sizeof found_rank);
    hash = nas_fnv(hash, bucketed, sizeof bucketed);
    return nas_fnv(hash, key, sizeof key);
}

int main(void)
{
    nas_result result = {
        .benchmark = "IS",
        .size = {KEYS},
        .iterations = IS_ITERATIONS,
        .operations = (double)IS_ITERATIONS * KEYS,
        .op_type = "keys ranked",
    };
    make_keys();
    rank_keys(1, found_rank[0]); /* untimed; iteration 1 changes the same keys to the same values */

    nas_timer_clear(0);
    nas_timer_start(0);
    for (int iteration = 1; iteration <= IS_ITERATIONS; iteration++)
        rank_keys(iteration, found_rank[iteration - 1]);
    nas_timer_stop(0);

    result.verified = verify();
    result.seconds = nas_timer_read(0);
    result.checksum = result_bits();
    return nas_finish(&result);
}
