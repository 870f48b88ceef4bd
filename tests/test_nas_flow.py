"""The NAS programs SP and LU: checkpoints of their first step, and their own verification."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NAS = Path(__file__).resolve().parent.parent / "nas_bench"
SPEC: dict[str, Any] = json.loads((NAS / "verification.json").read_text(encoding="utf-8"))
SOURCES = {"SP": NAS / "SP" / "sp.c", "LU": NAS / "LU" / "lu.c"}
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]


def compiler(name: str) -> list[str]:
    """The command of one compiler for x86-64-v3; the test is skipped where the compiler is missing."""
    if name == "clang":
        pytest.importorskip("ziglang")
        return [sys.executable, "-m", "ziglang", "cc", "-march=x86_64_v3"]
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here")
    return ["gcc", "-march=x86-64-v3"]


def compile_c(compile_with: str, source: Path, out: Path, *options: str) -> None:
    command = [*compiler(compile_with), *FLAGS, *options, f"-I{NAS}", f"-I{NAS / 'common'}"]
    built = subprocess.run(
        [*command, str(source), "-lm", "-o", str(out)], capture_output=True, text=True, check=False, timeout=200
    )
    assert built.returncode == 0, built.stderr


def run_probe(text: str, tmp_path: Path, letter: str) -> list[list[float]]:
    """Compile a small program around parts of nas_bench; the numbers that it prints, by lines."""
    source = tmp_path / "probe.c"
    source.write_text(text, encoding="utf-8")
    compile_c("clang", source, tmp_path / "probe", "-O1", f"-DCLASS_{letter}")
    ran = subprocess.run([tmp_path / "probe"], capture_output=True, text=True, check=True, timeout=60)
    return [[float(number) for number in line.split()] for line in ran.stdout.splitlines()]


def check_norms(norms: list[list[float]], bench: str, letter: str, keys: list[str]) -> None:
    expected = SPEC["checkpoints"][bench][letter]
    for key, norm in zip(keys, norms, strict=True):
        assert norm == pytest.approx(expected[key], rel=1e-11), key


PRINT = """
static void print(double scale, void (*norm_of)(double[5]))
{
    double norm[5];
    norm_of(norm);
    for (int m = 0; m < 5; m++)
        printf("%.17g ", norm[m] / scale);
    printf("\\n");
}
"""

# --- checkpoints ---------------------------------------------------------------------------------------

SP_PROBE = f"""
#define main sp_main
#include "SP/sp.c"
#undef main
{PRINT}
int main(void)
{{
    (void)sp_main;
    cfd_set_forcing();
    cfd_set_initial();
    print(1.0, cfd_error_norm);
    cfd_compute_rhs(SP_DT);
    print(SP_DT, cfd_rhs_norm);
    txinvr();
    print(1.0, cfd_rhs_norm);
    x_solve(SP_DT);
    ninvr();
    print(1.0, cfd_rhs_norm);
    y_solve(SP_DT);
    pinvr();
    print(1.0, cfd_rhs_norm);
    z_solve(SP_DT);
    tzetar();
    print(1.0, cfd_rhs_norm);
    cfd_add();
    print(1.0, cfd_error_norm);
    cfd_compute_rhs(SP_DT);
    print(SP_DT, cfd_rhs_norm);
}}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_sp_meets_the_checkpoints_of_its_first_step(letter: str, tmp_path: Path) -> None:
    keys = [
        "init_error_rms", "init_residual_rms", "rhs_rms_after_txinvr", "rhs_rms_after_x_solve_and_ninvr",
        "rhs_rms_after_y_solve_and_pinvr", "rhs_rms_after_z_solve_and_tzetar", "error_rms_after_step1",
        "residual_rms_after_step1",
    ]  # fmt: skip
    check_norms(run_probe(SP_PROBE, tmp_path, letter), "SP", letter, keys)


LU_PROBE = f"""
#define main lu_main
#include "LU/lu.c"
#undef main
{PRINT}
int main(void)
{{
    (void)lu_main;
    set_forcing();
    compute_residual();
    print(1.0, cfd_rhs_norm);
    set_initial();
    print(1.0, cfd_error_norm);
    print(1.0, cfd_rhs_norm);
    cfd_scale_rhs(LU_DT);
    lower_sweep(LU_DT);
    print(1.0, cfd_rhs_norm);
    upper_sweep(LU_DT);
    print(1.0, cfd_rhs_norm);
    add();
    compute_residual();
    print(1.0, cfd_error_norm);
    print(1.0, cfd_rhs_norm);
}}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_lu_meets_the_checkpoints_of_its_first_step(letter: str, tmp_path: Path) -> None:
    exact_residual, *norms = run_probe(LU_PROBE, tmp_path, letter)
    keys = [
        "init_error_rms", "init_residual_rms", "rsd_rms_after_lower_sweep", "rsd_rms_after_upper_sweep",
        "error_rms_after_step1", "residual_rms_after_step1",
    ]  # fmt: skip
    assert max(exact_residual) < 1e-10, "the exact field must be steady, up to round-off"
    check_norms(norms, "LU", letter, keys)


# --- the parts by their own definition -----------------------------------------------------------------

SP_LINE_PROBE = """
#define main sp_main
#include "SP/sp.c"
#undef main
static double dense[3][N][N], wanted[N][5];
static void remember(int p, double l[5], int system)
{
    for (int q = -2; q <= 2; q++)
        if (p + q >= 0 && p + q < N)
            dense[system][p][p + q] = l[q + 2];
}
int main(void)
{
    static const int system_of[5] = {0, 0, 0, 1, 2};
    (void)sp_main;
    cfd_set_initial();
    cfd_scalars();
    const int k = 3, j = 4;
    for (int i = 0; i < N; i++) {
        cv[i] = us[k][j][i];
        cs[i] = speed[k][j][i];
        rhon[i] = spectral_bound(rho_i[k][j][i], DX);
    }
    identity_row(lhs[j][0], lhsp[j][0], lhsm[j][0]);
    for (int i = 1; i <= N - 2; i++)
        fill_row(i, SP_DT * TX2, SP_DT * TX1, SP_DT * DSSP, lhs[j][i], lhsp[j][i], lhsm[j][i]);
    identity_row(lhs[j][N - 1], lhsp[j][N - 1], lhsm[j][N - 1]);
    for (int i = 0; i < N; i++) {
        remember(i, lhs[j][i], 0);
        remember(i, lhsp[j][i], 1);
        remember(i, lhsm[j][i], 2);
        for (int m = 0; m < 5; m++)
            rhs[k][j][i][m] = wanted[i][m] = i == 0 || i == N - 1 ? 0.0 : sin(1.0 + 7.0 * i + 3.0 * m);
    }
    x_solve(SP_DT);
    for (int m = 0; m < 5; m++) {
        double largest = 0.0;
        for (int p = 0; p < N; p++) {
            double left = 0.0;
            for (int q = 0; q < N; q++)
                left += dense[system_of[m]][p][q] * rhs[k][j][q][m];
            largest = fmax(largest, fabs(left - wanted[p][m]));
        }
        printf("%.17g ", largest);
    }
    printf("%.17g %.17g\\n", dense[1][5][6] - dense[0][5][6], SP_DT * TX2 * speed[k][j][6]);
}
"""


def test_sp_solves_its_pentadiagonal_systems(tmp_path: Path) -> None:
    ((*errors, upper_minus_base, expected),) = run_probe(SP_LINE_PROBE, tmp_path, "S")
    assert len(errors) == 5
    assert max(errors) < 1e-13
    assert upper_minus_base == pytest.approx(expected, rel=1e-12), "the second system moves by + the speed of sound"


LU_BLOCK_PROBE = """
#define main lu_main
#include "LU/lu.c"
#undef main
/* The convective flux along direction c, by definition. */
static void convective(int c, const double w[5], double f[5])
{
    const double q = 0.5 * (w[1] * w[1] + w[2] * w[2] + w[3] * w[3]) / w[0], v = w[c] / w[0];
    for (int m = 0; m < 4; m++)
        f[m] = w[m] * v + (m == c ? C2 * (w[4] - q) : 0.0);
    f[4] = (C1 * w[4] - C2 * q) * v;
}
int main(void)
{
    double state[5] = {1.3, 0.7, -0.4, 0.9, 4.1}, block[5][5], largest = 0.0;
    const double irho = 1.0 / state[0];
    const double q = 0.5 * (0.7 * 0.7 + 0.4 * 0.4 + 0.9 * 0.9) * irho;
    (void)lu_main;
    for (int dir = 1; dir <= 3; dir++) {
        if (dir == 1)
            block_x(1.0, 0.0, state, irho, q, block);
        else if (dir == 2)
            block_y(1.0, 0.0, state, irho, q, block);
        else
            block_z(1.0, 0.0, state, irho, q, block);
        for (int s = 0; s < 5; s++) {
            double up[5], down[5], f_up[5], f_down[5];
            memcpy(up, state, sizeof state);
            memcpy(down, state, sizeof state);
            up[s] += 1e-6;
            down[s] -= 1e-6;
            convective(dir, up, f_up);
            convective(dir, down, f_down);
            for (int r = 0; r < 5; r++)
                largest = fmax(largest, fabs(block[s][r] - (f_up[r] - f_down[r]) / 2e-6));
        }
    }
    /* With alpha = 0 the blocks are the diffusion of each direction; the diagonal has I and twice all. */
    double x[5][5], y[5][5], z[5][5], whole[5][5], difference = 0.0, residual = 0.0;
    block_x(0.0, -2.0 * TX1, state, irho, q, x);
    block_y(0.0, -2.0 * TY1, state, irho, q, y);
    block_z(0.0, -2.0 * TZ1, state, irho, q, z);
    block_diagonal(1.0, state, irho, whole);
    for (int s = 0; s < 5; s++)
        for (int r = 0; r < 5; r++)
            difference = fmax(difference, fabs(whole[s][r] - (s == r) - x[s][r] - y[s][r] - z[s][r]));
    double t[5] = {1.0, -2.0, 3.0, 0.5, 0.25};
    const double wanted[5] = {1.0, -2.0, 3.0, 0.5, 0.25};
    for (int s = 0; s < 5; s++)
        for (int r = 0; r < 5; r++)
            block[s][r] = (s == r ? 9.0 : 0.0) + sin(1.0 + 5.0 * s + r);
    solve_block(block, t);
    for (int r = 0; r < 5; r++) {
        double left = 0.0;
        for (int s = 0; s < 5; s++)
            left += block[s][r] * t[s];
        residual = fmax(residual, fabs(left - wanted[r]));
    }
    printf("%.17g %.17g %.17g\\n", largest, difference, residual);
}
"""


def test_lu_blocks_are_the_jacobians_and_are_solved(tmp_path: Path) -> None:
    ((jacobians, diagonal, solution),) = run_probe(LU_BLOCK_PROBE, tmp_path, "S")
    assert jacobians < 1e-8, "derivatives of the convective flux, by central differences"
    assert diagonal < 1e-11, "the diagonal block is made of the same diffusion"
    assert solution < 1e-14


# --- whole programs ------------------------------------------------------------------------------------


def check_report(bench: str, output: str, pointers: str) -> str:
    """Judge what a class S run prints, and return its checksum."""
    assert output.splitlines()[-1].strip() == "VERIFICATION SUCCESSFUL", output
    found = re.findall(r"^ *([^=\n]+)= (.*)$", output, re.MULTILINE)
    printed: dict[str, str] = {key.strip(): value.strip() for key, value in found}
    parameters = SPEC["benchmarks"][bench]["classes"]["S"]
    assert (printed["Benchmark"], printed["Class"], printed["Pointers"]) == (bench, "S", pointers)
    assert printed["Size"] == "12 x 12 x 12"
    assert printed["Iterations"] == str(parameters["params"]["niter"])
    assert float(printed["Mop/s"]) > 0.0
    assert re.fullmatch("[0-9a-f]{16}", printed["Checksum"])

    reference = parameters["reference"]
    expected = [*reference["xcr"], *reference["xce"], *([reference["xci"]] if bench == "LU" else [])]
    references = [float(number) for number in re.findall(r"reference +(\S+)", output)]
    errors = [float(number) for number in re.findall(r"error +(\S+)", output)]
    assert references == pytest.approx(expected, rel=1e-15)
    assert len(errors) == len(expected)
    assert max(errors) < 1e-10, "a correct program keeps away from the tolerance"
    return printed["Checksum"]


def run_class_s(compile_with: str, bench: str, program: Path, pointers: str, *options: str) -> str:
    """Build and run a program in class S and judge what it prints; its checksum."""
    form = ["-DNAS_RESTRICT"] if pointers == "restrict" else []
    compile_c(compile_with, SOURCES[bench], program, "-DCLASS_S", *form, *options)
    ran = subprocess.run([program], capture_output=True, text=True, check=False, timeout=100)
    assert (ran.returncode, ran.stderr) == (0, "")
    return check_report(bench, ran.stdout, pointers)


# gcc takes three times as long at -O3 as at -O2.
@pytest.mark.parametrize(("compile_with", "optimize"), [("clang", "-O3"), ("gcc", "-O2")])
@pytest.mark.parametrize("bench", ["SP", "LU"])
def test_program_verifies_in_both_pointer_forms(bench: str, compile_with: str, optimize: str, tmp_path: Path) -> None:
    plain, restrict = (
        run_class_s(compile_with, bench, tmp_path / form, form, optimize) for form in ("plain", "restrict")
    )
    assert plain == restrict, "restrict promises what holds: not a bit may change in strict arithmetic"


@pytest.mark.parametrize(("compile_with", "optimize"), [("clang", "-O3"), ("gcc", "-O2")])
@pytest.mark.parametrize("bench", ["SP", "LU"])
def test_program_verifies_with_fast_math(bench: str, compile_with: str, optimize: str, tmp_path: Path) -> None:
    run_class_s(compile_with, bench, tmp_path / "fast", "plain", optimize, "-ffast-math")


@pytest.mark.parametrize("bench", ["SP", "LU"])
def test_program_is_clean_under_the_sanitizers(bench: str, tmp_path: Path) -> None:
    # Without optimization, because the optimizer needs a minute for what the sanitizers insert.
    checks = ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    run_class_s("gcc", bench, tmp_path / "checked", "plain", *checks)


@pytest.mark.parametrize("bench", ["SP", "LU"])
def test_wrong_result_fails_verification(bench: str, tmp_path: Path) -> None:
    source = tmp_path / "strict.c"
    tolerance = f"#undef {bench}_TOLERANCE\n#define {bench}_TOLERANCE 1e-17\n"
    source.write_text(f'#include "nas_config.h"\n{tolerance}#include "{bench}/{bench.lower()}.c"\n', encoding="utf-8")
    compile_c("clang", source, tmp_path / "strict", "-O1", "-DCLASS_S")
    ran = subprocess.run([tmp_path / "strict"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].strip() == "VERIFICATION FAILED"
    assert ran.stdout.count(" FAIL xcr") == 5
