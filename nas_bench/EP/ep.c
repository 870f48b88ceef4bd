/* EP: pairs of Gaussian deviates from uniform ones by acceptance and rejection. */
#include "nas_config.h"

#include "nas_random.h"
#include "nas_report.h"

#define BATCH_LOG2 16
#define BATCH (1 << BATCH_LOG2) /* pairs made together */
#define BATCHES (1 << (EP_M - BATCH_LOG2))
#define SHELLS 10

typedef struct {
    double sum_x, sum_y;
    double count[SHELLS]; /* of pairs with l <= max(|x|, |y|) < l + 1 */
} tally;

static double uniforms[2 * BATCH];
static tally total;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The uniforms of batch b, from its own jumped seed; batch_power moves the seed by one batch. */
static void fill_batch(int b, double batch_power)
{
    double state = EP_SEED;
    (void)randlc(&state, nas_power(batch_power, b));
    vranlc(2 * BATCH, &state, RNG_MULTIPLIER, uniforms);
}

/* Add the deviates of all accepted pairs. t is never 0: states are odd, so no uniform is 1/2. */
static void add_pairs(int pairs, const double *NAS_PTR r, tally *NAS_PTR sums)
{
    double sum_x = sums->sum_x;
    double sum_y = sums->sum_y;
    for (int i = 0; i < pairs; i++) {
        const double x = 2.0 * r[2 * i] - 1.0;
        const double y = 2.0 * r[2 * i + 1] - 1.0;
        const double t = x * x + y * y;
        if (t <= 1.0) {
            const double f = sqrt(-2.0 * log(t) / t);
            const double gauss_x = x * f;
            const double gauss_y = y * f;
            sums->count[(int)larger(fabs(gauss_x), fabs(gauss_y))] += 1.0;
            sum_x += gauss_x;
            sum_y += gauss_y;
        }
    }
    sums->sum_x = sum_x;
    sums->sum_y = sum_y;
}

/* One batch of everything: pages, generator and library functions are met before the timed region. */
static void warm_up(void)
{
    fill_batch(BATCHES - 1, nas_power(RNG_MULTIPLIER, 2 * BATCH));
    add_pairs(BATCH, uniforms, &total);
    total = (tally){0};
}

static void make_all_pairs(void)
{
    const double batch_power = nas_power(RNG_MULTIPLIER, 2 * BATCH);
    for (int b = 0; b < BATCHES; b++) {
        fill_batch(b, batch_power);
        add_pairs(BATCH, uniforms, &total);
    }
}

static double accepted_pairs(void)
{
    double pairs = 0.0;
    for (int l = 0; l < SHELLS; l++)
        pairs += total.count[l];
    return pairs;
}

static bool verify(void)
{
    const bool x_passes = nas_check("sx", 0, total.sum_x, EP_REF_SX, EP_TOLERANCE);
    const bool y_passes = nas_check("sy", 0, total.sum_y, EP_REF_SY, EP_TOLERANCE);
    return x_passes && y_passes;
}

int main(void)
{
    nas_result result = {
        .benchmark = "EP",
        .size = {2LL << EP_M},
        .iterations = 0,
        .operations = (double)(2LL << EP_M),
        .op_type = "Random numbers generated",
    };
    warm_up();

    nas_timer_clear(0);
    nas_timer_start(0);
    make_all_pairs();
    const double pairs = accepted_pairs();
    nas_timer_stop(0);

    printf(" Gaussian pairs   = %.0f\n", pairs);
    for (int l = 0; l < SHELLS; l++)
        printf(" count %d %.0f\n", l, total.count[l]);
    result.verified = verify();
    result.seconds = nas_timer_read(0);
    result.checksum = nas_fnv(NAS_FNV_START, &total, sizeof total);
    return nas_finish(&result);
}
