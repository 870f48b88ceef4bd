"""The NAS programs: their reference header, their generator and flow model, and their own verification."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NAS = Path(__file__).resolve().parent.parent / "nas_bench"
SPEC: dict[str, Any] = json.loads((NAS / "verification.json").read_text(encoding="utf-8"))
SOURCES = {"BT": NAS / "BT" / "bt.c", "FT": NAS / "FT" / "ft.c"}
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror"]


def compile_c(
    source: Path, out: Path, *options: str, optimize: str = "-O3", flags: list[str] = FLAGS
) -> subprocess.CompletedProcess[str]:
    """Compile one file with the clang that ziglang brings; the caller judges the exit status."""
    pytest.importorskip("ziglang")
    command = [sys.executable, "-m", "ziglang", "cc", *flags, optimize, "-march=x86_64_v3", *options]
    command += [f"-I{NAS}", f"-I{NAS / 'common'}", str(source), "-lm", "-o", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def run_c(text: str, tmp_path: Path, *options: str) -> str:
    """Compile a small C program that includes parts of nas_bench, run it, return what it prints."""
    source = tmp_path / "probe.c"
    source.write_text(text, encoding="utf-8")
    built = compile_c(source, tmp_path / "probe", *options, optimize="-O1")
    assert built.returncode == 0, built.stderr
    return subprocess.run([tmp_path / "probe"], capture_output=True, text=True, check=True, timeout=60).stdout


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_references", NAS / "make_references.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def facts(output: str) -> dict[str, str]:
    """The `name = value` lines of a program's output."""
    return {key.strip(): value.strip() for key, value in re.findall(r"^ *([^=\n]+)= (.*)$", output, re.MULTILINE)}


# --- the references ------------------------------------------------------------------------------------


def test_reference_header_is_what_the_json_says() -> None:
    header = (NAS / "common" / "nas_references.h").read_text(encoding="utf-8")
    assert header == generator().header_text()


def test_a_changed_reference_changes_the_header(tmp_path: Path) -> None:
    changed = tmp_path / "verification.json"
    text = (NAS / "verification.json").read_text(encoding="utf-8")
    assert text.count("554.6087004964") == 1
    changed.write_text(text.replace("554.6087004964", "554.6087004965"), encoding="utf-8")
    made = generator().header_text(changed)
    assert "{554.6087004965, 484.5363331978}" in made
    assert made != generator().header_text()


@pytest.mark.parametrize("options", [(), ("-DCLASS_S", "-DCLASS_W")])
def test_exactly_one_class_must_be_chosen(options: tuple[str, ...], tmp_path: Path) -> None:
    built = compile_c(SOURCES["FT"], tmp_path / "ft", *options)
    assert built.returncode != 0
    assert "define exactly one of CLASS_S, CLASS_W, CLASS_A, CLASS_B" in built.stderr


# --- what the programs share ---------------------------------------------------------------------------

RANDOM_PROBE = """
#include "nas_config.h"
#include "nas_random.h"
#include "nas_report.h"
int main(void)
{
    const double seeds[2] = {314159265, 271828183};
    for (int q = 0; q < 2; q++) {
        double s = seeds[q], jumped = seeds[q], r[5], walked = seeds[q];
        for (int n = 0; n < 5; n++) {
            const double value = randlc(&s, RNG_MULTIPLIER);
            printf("%.0f %d ", s, value == s * 0x1p-46);
        }
        vranlc(5, &walked, RNG_MULTIPLIER, r);
        printf("%d ", walked == s && r[4] == s * 0x1p-46);
        vranlc(0, &walked, RNG_MULTIPLIER, r);
        printf("%d ", walked == s);
        (void)randlc(&jumped, nas_power(RNG_MULTIPLIER, 1000000));
        for (int n = 5; n < 1000000; n++)
            (void)randlc(&s, RNG_MULTIPLIER);
        printf("%.0f %.0f\\n", s, jumped);
    }
    printf("%.0f\\n", nas_power(RNG_MULTIPLIER, 1LL << 17));
    printf("%016llx\\n", (unsigned long long)nas_fnv(nas_fnv(NAS_FNV_START, "foo", 3), "bar", 3));
    volatile double zero = 0.0;
    printf("%d %d %d %d\\n", nas_error_passes(zero / zero, 1.0), nas_error_passes(1.0 / zero, 1.0),
           nas_error_passes(0.5, 1.0), nas_error_passes(2.0, 1.0));
}
"""


@pytest.mark.parametrize("mode", ["-ffp-contract=on", "-ffast-math"])
def test_generator_meets_the_test_vectors_and_nan_never_passes(mode: str, tmp_path: Path) -> None:
    # -ffast-math lets the compiler assume that there is no NaN: the judgement must not depend on that.
    quiet = "-Wno-nan-infinity-disabled"
    lines = run_c(RANDOM_PROBE, tmp_path, "-DCLASS_S", mode, quiet).splitlines()
    vectors = SPEC["rng"]["test_vectors"]
    for line, seed in zip(lines, ("314159265", "271828183"), strict=False):
        states = " ".join(f"{state} 1" for state in vectors[seed])
        after = vectors["state_after_1000000_draws"][seed]
        assert line == f"{states} 1 1 {after} {after}"
    assert lines[2] == str(vectors["multiplier_pow_2_pow_17"])
    assert lines[3] == "85944171f73967e8"  # published FNV-1a of "foobar"
    assert lines[4] == "0 0 1 0"


BT_PROBE = """
#define main bt_main
#include "BT/bt.c"
#undef main
static void print(double scale, void (*norm_of)(double[5]))
{
    double norm[5];
    norm_of(norm);
    for (int m = 0; m < 5; m++)
        printf("%.17g ", norm[m] / scale);
    printf("\\n");
}
int main(void)
{
    (void)bt_main;
    cfd_set_forcing();
    cfd_compute_rhs(1.0);
    print(1.0, cfd_rhs_norm);
    cfd_set_initial();
    print(1.0, cfd_error_norm);
    cfd_compute_rhs(BT_DT);
    print(BT_DT, cfd_rhs_norm);
    x_solve(BT_DT);
    print(1.0, cfd_rhs_norm);
    y_solve(BT_DT);
    print(1.0, cfd_rhs_norm);
    z_solve(BT_DT);
    print(1.0, cfd_rhs_norm);
    cfd_add();
    print(1.0, cfd_error_norm);
    cfd_compute_rhs(BT_DT);
    print(BT_DT, cfd_rhs_norm);
}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_bt_meets_the_checkpoints_of_its_first_step(letter: str, tmp_path: Path) -> None:
    exact_residual, *norms = (
        [float(value) for value in line.split()] for line in run_c(BT_PROBE, tmp_path, f"-DCLASS_{letter}").splitlines()
    )
    expected = SPEC["checkpoints"]["BT"][letter]
    keys = [
        "init_error_rms", "init_residual_rms", "rhs_rms_after_x_solve", "rhs_rms_after_y_solve",
        "rhs_rms_after_z_solve", "error_rms_after_step1", "residual_rms_after_step1",
    ]  # fmt: skip
    assert max(exact_residual) < 1e-12, "the exact field must be steady, up to round-off"
    for key, norm in zip(keys, norms, strict=True):
        assert norm == pytest.approx(expected[key], rel=1e-11), key


FT_PROBE = """
#define main ft_main
#include "FT/ft.c"
#undef main
int main(void)
{
    (void)ft_main;
    double re = 0.0, im = 0.0;
    make_roots();
    make_decay();
    initial_state();
    for (int k = 0; k < NZ; k++)
        for (int j = 0; j < NY; j++)
            for (int i = 0; i < NX; i++) {
                re += y[k][j][i].re;
                im += y[k][j][i].im;
            }
    const dcomplex last = y[NZ - 1][NY - 1][NX - 1];
    printf("%.17g %.17g %.17g %.17g ", y[0][0][0].re, y[0][0][0].im, last.re, last.im);
    printf("%.17g %.17g %.17g ", re, im, decay[NZ / 2][NY / 2][NX / 2]);
    fft_3d(1, y);
    printf("%.17g %.17g ", y[0][0][0].re, y[0][0][0].im);
    fft_3d(-1, y);
    const double points = (double)NX * NY * NZ;
    printf("%.17g %.17g\\n", y[NZ - 1][NY - 1][NX - 1].re / points, y[NZ - 1][NY - 1][NX - 1].im / points);
}
"""


@pytest.mark.parametrize("letter", ["S", "W"])
def test_ft_meets_the_checkpoints_and_its_transform_inverts(letter: str, tmp_path: Path) -> None:
    values = [float(value) for value in run_c(FT_PROBE, tmp_path, f"-DCLASS_{letter}").split()]
    expected = SPEC["checkpoints"]["FT"][letter]
    assert values[0:2] == expected["u0_first"]
    assert values[2:4] == expected["u0_last"]
    assert values[4:6] == pytest.approx(expected["u0_sum"], rel=1e-12)
    assert values[6] == pytest.approx(expected["w_at_nz2_ny2_nx2"], rel=1e-14)
    assert values[7:9] == pytest.approx(expected["u0_sum"], rel=1e-12), "mode 0 is the sum"
    assert values[9:11] == pytest.approx(expected["u0_last"], rel=1e-12)


# --- whole programs ------------------------------------------------------------------------------------


def check_printed_references(bench: str, output: str) -> None:
    """Compare the references and errors that a class S run prints with the JSON."""
    reference = SPEC["benchmarks"][bench]["classes"]["S"]["reference"]
    tolerance = SPEC["benchmarks"][bench]["tolerance"]
    if bench == "FT":
        expected = [part for pair in reference["checksums"] for part in pair]
    else:
        expected = [*reference["xcr"], *reference["xce"]]
    printed = [float(number) for text in re.findall(r"reference +(.*?) +error", output) for number in text.split()]
    errors = [float(number) for number in re.findall(r"error +(\S+)", output)]
    assert printed == pytest.approx(expected, rel=1e-15)
    assert errors and all(error <= tolerance / 5 for error in errors), "a correct program keeps away from the limit"


@pytest.mark.parametrize("bench", ["BT", "FT"])
def test_program_verifies_with_and_without_restrict(bench: str, tmp_path: Path) -> None:
    checksums = []
    for name, options in (("plain", ()), ("restrict", ("-DNAS_RESTRICT",))):
        built = compile_c(SOURCES[bench], tmp_path / name, "-DCLASS_S", *options)
        assert built.returncode == 0, built.stderr
        ran = subprocess.run([tmp_path / name], capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stdout
        assert ran.stdout.splitlines()[-1].strip() == "VERIFICATION SUCCESSFUL"
        printed = facts(ran.stdout)
        assert (printed["Benchmark"], printed["Class"], printed["Pointers"]) == (bench, "S", name)
        assert printed["Size"] == {"BT": "12 x 12 x 12", "FT": "64 x 64 x 64"}[bench]
        assert printed["Iterations"] == str(SPEC["benchmarks"][bench]["classes"]["S"]["params"]["niter"])
        assert printed["Operation type"] == "floating point"
        assert float(printed["Time in seconds"]) > 0.0 and float(printed["Mop/s"]) > 0.0
        assert math.isfinite(float(printed["User CPU seconds"]))
        assert re.fullmatch("[0-9a-f]{16}", printed["Checksum"])
        check_printed_references(bench, ran.stdout)
        checksums.append(printed["Checksum"])
    assert checksums[0] == checksums[1], "restrict promises what holds: not a bit may change in strict arithmetic"


def test_wrong_result_fails_verification(tmp_path: Path) -> None:
    source = tmp_path / "strict.c"
    source.write_text(
        '#include "nas_config.h"\n#undef FT_TOLERANCE\n#define FT_TOLERANCE 1e-17\n#include "FT/ft.c"\n',
        encoding="utf-8",
    )
    built = compile_c(source, tmp_path / "strict", "-DCLASS_S")
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([tmp_path / "strict"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].strip() == "VERIFICATION FAILED"
    assert ran.stdout.count("FAIL checksum") == 6
