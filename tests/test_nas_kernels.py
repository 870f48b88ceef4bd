"""The NAS programs EP, IS, CG and MG: checkpoints of the specification, and their own verification."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nas_cases import SPEC, compile_c, facts, run_probe, run_program, source_of

OP_TYPES = {"EP": "Random numbers generated", "IS": "keys ranked", "CG": "floating point", "MG": "floating point"}
SIZES = {"EP": "33554432", "IS": "65536", "CG": "1400", "MG": "32 x 32 x 32"}
ITERATIONS = {"EP": "0", "IS": "10", "CG": "15", "MG": "4"}
MARGIN = 1e-11
"""No error of a correct program comes near: the tolerances are a thousand times that, CG's ten times."""


# --- checkpoints ---------------------------------------------------------------------------------------

IS_PROBE = """
#define main is_main
#include "IS/is.c"
#undef main
static long long sum_of(const int *keys)
{
    long long sum = 0;
    for (int n = 0; n < KEYS; n++)
        sum += keys[n];
    return sum;
}
int main(void)
{
    (void)is_main;
    make_keys();
    printf("%d %d %d %d %d\\n%lld\\n", key[0], key[1], key[2], key[3], key[4], sum_of(key));
    rank_keys(1, found_rank[0]);
    int wrong_ranks = 0, unordered = 0;
    for (int v = 0; v < MAX_KEY; v += MAX_KEY / 16 + 1) {
        int at_most = 0;
        for (int n = 0; n < KEYS; n++)
            at_most += key[n] <= v;
        wrong_ranks += at_most != count[v];
    }
    for (int n = 1; n < KEYS; n++)
        unordered += bucketed[n - 1] >> BUCKET_SHIFT > bucketed[n] >> BUCKET_SHIFT;
    const long long sum = sum_of(key);
    printf("%d %d %d\\n", wrong_ranks, unordered, sum_of(bucketed) == sum);
    (void)sort_keys();
    printf("%d\\n", sum_of(key) == sum);
}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_is_makes_the_keys_and_ranks_them(letter: str, tmp_path: Path) -> None:
    lines = run_probe(IS_PROBE, tmp_path, f"-DCLASS_{letter}")
    expected = SPEC["checkpoints"]["IS"][letter]
    assert [int(word) for word in lines[0]] == expected["first_keys"]
    assert int(lines[1][0]) == expected["sum_of_keys"]
    assert lines[2] == ["0", "0", "1"], "ranks by counting one by one, order of buckets, nothing lost"
    assert lines[3][0] == "pass"
    assert lines[4] == ["1"], "the sorted keys are the keys"


CG_PROBE = """
#define main cg_main
#include "CG/cg.c"
#undef main
static double element(int row, int col)
{
    for (int k = row_start[row]; k < row_start[row + 1]; k++)
        if (column[k] == col)
            return value[k];
    return 0.0;
}
int main(void)
{
    (void)cg_main;
    double seed = CG_SEED;
    make_vectors(&seed);
    make_matrix();
    printf("%d %.0f\\n", row_start[N], seed);
    printf("%.17g %d %d %d %d\\n", value[0], column[0], column[1], column[2], column[3]);
    int unordered = 0;
    double asymmetry = 0.0;
    for (int row = 0; row < N; row++) {
        for (int k = row_start[row]; k < row_start[row + 1]; k++) {
            unordered += k > row_start[row] && column[k - 1] >= column[k];
            asymmetry = fmax(asymmetry, fabs(value[k] - element(column[k], row)));
        }
    }
    printf("%d %.17g\\n", unordered, asymmetry);
    start_vector();
    for (int t = 0; t < 2; t++) {
        iterate();
        printf("%.17g %.17g\\n", zeta, residual);
    }
}
"""

ROW_0 = {"S": [0, 1, 36, 42], "W": [0, 60, 105, 127]}
"""The first columns of CG's row 0, by class: cg.md of the specification."""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_cg_makes_the_matrix_and_its_first_estimates(letter: str, tmp_path: Path) -> None:
    lines = run_probe(CG_PROBE, tmp_path, f"-DCLASS_{letter}")
    expected = SPEC["checkpoints"]["CG"][letter]
    seed = SPEC["benchmarks"]["CG"]["classes"][letter]["params"]["seed"]
    last_state = seed * pow(SPEC["rng"]["multiplier"], expected["random_draws"], 2**46) % 2**46
    assert [int(word) for word in lines[0]] == [expected["nnz"], last_state]
    assert float(lines[1][0]) == pytest.approx(expected["a_0_0"], rel=1e-14)
    assert [int(word) for word in lines[1][1:]] == ROW_0[letter]
    assert lines[2][0] == "0", "columns ascend"
    assert float(lines[2][1]) < 1e-15, "the matrix is symmetric, up to the order of factors"
    for (zeta, residual), key in zip(lines[3:], ("zeta_after_1", "zeta_after_2"), strict=True):
        assert float(zeta) == pytest.approx(expected[key], rel=1e-13)
        assert float(residual) < 1e-12


MG_PROBE = """
#define main mg_main
#include "MG/mg.c"
#undef main
static void print_norms(void)
{
    const norms now = residual_norms(MG_N, grid(r, MG_N));
    printf("%.17g %.17g\\n", now.l2, now.maximum);
}
int main(void)
{
    (void)mg_main;
    make_source(v);
    for (int c = 0; c < CHARGES; c++)
        printf("%d %d %d\\n", largest[c].i1, largest[c].i2, largest[c].i3);
    for (int c = CHARGES - 1; c >= 0; c--)
        printf("%d %d %d\\n", smallest[c].i1, smallest[c].i2, smallest[c].i3);
    start();
    print_norms();
    for (int t = 0; t < MG_NIT; t++) {
        iterate();
        print_norms();
    }
}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_mg_places_the_charges_and_converges_as_specified(letter: str, tmp_path: Path) -> None:
    lines = run_probe(MG_PROBE, tmp_path, f"-DCLASS_{letter}")
    expected = SPEC["checkpoints"]["MG"][letter]
    points = [[int(word) for word in line] for line in lines[:20]]
    assert points[:10] == expected["plus_charges_i1_i2_i3_1based"]
    assert points[10:] == expected["minus_charges_i1_i2_i3_1based"]
    l2, maximum = ([float(line[part]) for line in lines[20:]] for part in (0, 1))
    assert l2 == pytest.approx(expected["rnm2_per_iteration"], rel=MARGIN)
    assert maximum == pytest.approx(expected["rnmu_per_iteration"], rel=1e-6)


MG_OPERATOR_PROBE = """
#define main mg_main
#include "MG/mg.c"
#undef main
#define NC 4
#define NF (2 * NC)
typedef double cube[NF + 2][NF + 2][NF + 2];
typedef double small_cube[NC + 2][NC + 2][NC + 2];
static cube a, b, out;
static small_cube c;

static void randomize(int n, double (*f)[n + 2][n + 2], double *seed)
{
    for (int i3 = 0; i3 <= n + 1; i3++)
        for (int i2 = 0; i2 <= n + 1; i2++)
            vranlc(n + 2, seed, RNG_MULTIPLIER, f[i3][i2]);
    wrap(n, f);
}

/* A 27-point operator as it is defined: the coefficient goes by the number of shifted indices. */
static double stencil(const double w[4], cube f, int i3, int i2, int i1)
{
    double sum = 0.0;
    for (int d = 0; d < 27; d++) {
        const int o3 = d / 9 - 1, o2 = d / 3 % 3 - 1, o1 = d % 3 - 1;
        sum += w[abs(o3) + abs(o2) + abs(o1)] * f[i3 + o3][i2 + o2][i1 + o1];
    }
    return sum;
}

int main(void)
{
    (void)mg_main;
    const double weights[4] = {0.5, 0.25, 0.125, 0.0625};
    double seed = MG_SEED, error[5] = {0};
    randomize(NF, a, &seed);
    randomize(NF, b, &seed);
    make_residual(NF, a, b, out);
    for (int i = 0; i < NF * NF * NF; i++) {
        const int i3 = 1 + i / NF / NF, i2 = 1 + i / NF % NF, i1 = 1 + i % NF;
        const double wanted = b[i3][i2][i1] - stencil(laplacian, a, i3, i2, i1);
        error[0] = fmax(error[0], fabs(out[i3][i2][i1] - wanted));
    }
    update_residual(NF, a, b);
    for (int i = 0; i < (NF + 2) * (NF + 2) * (NF + 2); i++)
        error[1] = fmax(error[1], fabs((&b[0][0][0])[i] - (&out[0][0][0])[i]));
    smooth(NF, a, b);
    restrict_residual(NC, a, c);
    for (int i = 0; i < NF * NF * NF; i++) {
        const int i3 = 1 + i / NF / NF, i2 = 1 + i / NF % NF, i1 = 1 + i % NF;
        error[2] = fmax(error[2], fabs(b[i3][i2][i1] - out[i3][i2][i1] - stencil(smoother, a, i3, i2, i1)));
        if (i3 % 2 + i2 % 2 + i1 % 2 == 0)
            error[3] = fmax(error[3], fabs(c[i3 / 2][i2 / 2][i1 / 2] - stencil(weights, a, i3, i2, i1)));
    }
    clear(NF, b);
    interpolate(NC, c, b);
    for (int i = 0; i < (NF + 2) * (NF + 2) * (NF + 2); i++) {
        const int i3 = i / (NF + 2) / (NF + 2), i2 = i / (NF + 2) % (NF + 2), i1 = i % (NF + 2);
        double mean = 0.0;
        for (int e = 0; e < 8; e++)
            mean += c[(i3 + e / 4) / 2][(i2 + e / 2 % 2) / 2][(i1 + e % 2) / 2] / 8.0;
        error[4] = fmax(error[4], fabs(b[i3][i2][i1] - mean));
    }
    for (int o = 0; o < 5; o++)
        printf("%.3g ", error[o]);
    printf("\\n");
}
"""


@pytest.mark.parametrize("letter", ["S", "B"])
def test_mg_operators_are_the_plain_stencils(letter: str, tmp_path: Path) -> None:
    errors = [float(word) for word in run_probe(MG_OPERATOR_PROBE, tmp_path, f"-DCLASS_{letter}")[0]]
    assert len(errors) == 5
    assert max(errors) < 1e-13


def test_a_size_of_two_to_the_31_is_printed_right(tmp_path: Path) -> None:
    text = '#include "nas_config.h"\n#include "nas_report.h"\n'
    text += "int main(void) { nas_print_size((long long[3]){2LL << EP_M}); }\n"
    assert run_probe(text, tmp_path, "-DCLASS_B")[0] == ["Size", "=", "2147483648"]


# --- whole programs ------------------------------------------------------------------------------------


def check_values(bench: str, output: str) -> None:
    """Compare what a class S run prints of each verified value with the JSON."""
    reference = SPEC["benchmarks"][bench]["classes"]["S"]["reference"]
    if bench == "IS":
        assert output.count("pass rank") == 50
        assert output.count("pass sorted") == 1
        printed = [int(word) for word in re.findall(r"reference +(\d+)", output)]
        expected = [
            rank + sign * (iteration + offset)
            for iteration in range(1, 11)
            for rank, sign, offset in zip(
                reference["test_rank"], reference["rank_sign"], reference["rank_iter_offset"], strict=True
            )
        ]
        assert printed == expected
        return
    errors = [float(number) for number in re.findall(r"error +(\S+)", output)]
    assert errors and max(errors) < MARGIN
    assert [float(number) for number in re.findall(r"reference +(\S+)", output)] == list(reference.values())
    if bench == "EP":
        expected_counts = SPEC["checkpoints"]["EP"]["S"]
        assert [int(number) for number in re.findall(r"count \d (\d+)", output)] == expected_counts["counts"]
        assert facts(output)["Gaussian pairs"] == str(expected_counts["gaussian_pairs"])


@pytest.mark.parametrize("compile_with", ["clang", "gcc"])
@pytest.mark.parametrize("bench", ["EP", "IS", "CG", "MG"])
def test_program_verifies_in_both_forms_and_with_fast_math(bench: str, compile_with: str, tmp_path: Path) -> None:
    checksums = {}
    for name, options in (("plain", []), ("restrict", ["-DNAS_RESTRICT"]), ("fast", ["-ffast-math"])):
        compile_c(compile_with, source_of(bench), tmp_path / name, "-DCLASS_S", "-O3", *options)
        ran = run_program(tmp_path / name)
        assert ran.returncode == 0, ran.stdout
        assert ran.stdout.splitlines()[-1].strip() == "VERIFICATION SUCCESSFUL"
        check_values(bench, ran.stdout)
        printed = facts(ran.stdout)
        assert (printed["Benchmark"], printed["Class"], printed["Operation type"]) == (bench, "S", OP_TYPES[bench])
        assert (printed["Size"], printed["Iterations"]) == (SIZES[bench], ITERATIONS[bench])
        assert printed["Pointers"] == ("restrict" if name == "restrict" else "plain")
        assert float(printed["Time in seconds"]) > 0.0 and float(printed["Mop/s"]) > 0.0
        checksums[name] = printed["Checksum"]
    assert checksums["plain"] == checksums["restrict"], "restrict promises what holds: not a bit may change"
    if bench == "IS":
        assert checksums["plain"] == checksums["fast"], "integers don't depend on the arithmetic of doubles"


@pytest.mark.parametrize(
    ("bench", "name", "value", "failures"),
    [
        ("EP", "EP_REF_SY", "-6.958407178382297e+3", 1),
        ("IS", "IS_REF_TEST_RANK", "{0, 18, 347, 64917, 65463}", 10),
        ("CG", "CG_REF_ZETA", "8.5971775095", 1),
        ("MG", "MG_REF_RNM2", "5.3077071e-05", 1),
    ],
)
def test_wrong_result_fails_verification(bench: str, name: str, value: str, failures: int, tmp_path: Path) -> None:
    source = tmp_path / "wrong.c"
    source.write_text(
        f'#include "nas_config.h"\n#undef {name}\n#define {name} {value}\n#include "{bench}/{bench.lower()}.c"\n',
        encoding="utf-8",
    )
    compile_c("clang", source, tmp_path / "wrong", "-DCLASS_S", "-O3", f"-I{source_of(bench).parent}")
    ran = run_program(tmp_path / "wrong")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].strip() == "VERIFICATION FAILED"
    assert ran.stdout.count(" FAIL ") == failures
