"""LLVM's own vectorizer on reductions, narrow integers and masked loads: proven, executed, and broken on purpose."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from validate_mutations import mutants

from benchmarks.prove_llvm import causes, prove_llvm
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import run_passes, slp_vectorize
from slpvec.llvm.tools import CLANG, have_tool
from slpvec.validate.differential import run_differential
from slpvec.validate.symbolic import prove

pytestmark = pytest.mark.skipif(not have_tool("opt") or not have_tool(CLANG), reason="needs opt and clang")

KERNELS = """
#define R restrict
int sum8(const int *R a)
{ return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7]; }

int dot8(const int *R a, const int *R b)
{ int s = 3; for (int i = 0; i < 8; i++) s += a[i] * b[i]; return s; }

unsigned mix8(const unsigned *R a, unsigned k)
{ return (a[0] ^ a[1] ^ a[2] ^ a[3] ^ a[4] ^ a[5] ^ a[6] ^ a[7]) + k; }

int least8(const int *R a)
{ int m = a[0]; for (int i = 1; i < 8; i++) m = a[i] < m ? a[i] : m; return m; }

unsigned distance8(const unsigned char *R a, const unsigned char *R b)
{ unsigned s = 0; for (int i = 0; i < 8; i++) s += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]; return s; }

int same8(const int *R a, const int *R b)
{ int r = 1; for (int i = 0; i < 8; i++) r &= a[i] == b[i]; return r; }

int below4(const double *R a, double x)
{ return a[0] < x || a[1] < x || a[2] < x || a[3] < x; }

void average8(unsigned char *R o, const unsigned char *R a, const unsigned char *R b)
{ for (int i = 0; i < 8; i++) o[i] = (a[i] + b[i] + 1) >> 1; }

void blend4(unsigned char *R o, const unsigned char *R a, const unsigned char *R b, unsigned char k)
{ for (int i = 0; i < 4; i++) o[i] = (a[i] * k + b[i] * (255 - k) + 127) >> 8; }

void deinterleave(float *R x, float *R y, const float *R a)
{ x[0] = a[0]; y[0] = a[1]; x[1] = a[2]; y[1] = a[3]; x[2] = a[4]; y[2] = a[5]; x[3] = a[6]; y[3] = a[7]; }

void colour(float *R o, unsigned short v)
{ o[0] = (v >> 11) * (1.0f / 31); o[1] = (v >> 5 & 63) * (1.0f / 63); o[2] = (v & 31) * (1.0f / 31); o[3] = 1.0f; }

void affine(double *R o, const double *R a, const double *R b, double s)
{ o[0] = (a[0] + b[0]) * s; o[1] = (a[1] + b[1]) * s; o[2] = (a[2] + b[2]) * s; o[3] = a[3] + b[3]; }

double dot4(const double *R a, const double *R b)
{ return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]; }

double length4(const double *R a)
{ double s = 0; for (int i = 0; i < 4; i++) s += a[i] * a[i]; return __builtin_sqrt(s); }
"""
FLAGS = ["-O3", "-fno-slp-vectorize", "-march=x86-64-v3", "-ffp-contract=on"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The kernels' IR, strict and fast."""
    source = Path(tmp_path_factory.mktemp("kernels")) / "kernels.c"
    source.write_text(KERNELS)
    return {name: canonicalize(c_to_ir(source, [*FLAGS, *more])) for name, more in MORE.items()}


MORE: dict[str, list[str]] = {"strict": [], "fast": ["-ffast-math"]}


@pytest.mark.parametrize(("name", "fewest"), [("strict", 9), ("fast", 11)])
def test_everything_that_llvm_changes_is_proven(texts: dict[str, str], name: str, fewest: int) -> None:
    tally = prove_llvm(texts[name])
    assert tally.changed >= fewest
    assert not tally.failures
    assert tally.proven == tally.changed and not causes(tally)


def _alone(module: Module, name: str) -> str:
    items = [
        i if isinstance(i, str) else print_function(i) for i in module.items if isinstance(i, str) or i.name == name
    ]
    return canonicalize("".join(items))


def _rewritten(text: str) -> str:
    return canonicalize(run_passes(slp_vectorize(text, cleanup=False).text, "function(dce)"))


def _assert_same(before: str, after: str, name: str, what: str) -> None:
    if platform.machine() == "x86_64" and "avx2" in host_cpu().features:
        found = run_differential(before, after, name, runs=8)
        assert found.difference is None, f"{name}: {what}: {found.difference}"


@pytest.mark.parametrize("seed", range(2))
def test_mutants_are_rejected_or_compute_the_same(texts: dict[str, str], seed: int) -> None:
    before, after = parse_module(texts["strict"]), parse_module(_rewritten(texts["strict"]))
    tried = rejected = 0
    for function in after.functions:
        name = function.name
        if print_function(function) == print_function(before.function(name)):
            continue
        original, rewritten = _alone(before, name), _alone(after, name)
        _assert_same(original, rewritten, name, "LLVM's own")
        old = parse_module(original).function(name)
        for what, line, text in mutants(rewritten, name, seed, 14):
            tried += 1
            if not prove(old, parse_module(text).function(name)).ok:
                rejected += 1
                continue
            assert what not in ("add_claim", "raise_alignment", "delete"), (name, line)
            _assert_same(original, text, name, f"{what}: {line}")
    assert tried > 80
    assert rejected > 0.7 * tried


def test_fast_functions_are_not_proven_of_strict_ones(texts: dict[str, str]) -> None:
    strict, fast = parse_module(texts["strict"]), parse_module(_rewritten(texts["fast"]))
    for name in ("dot4", "length4"):
        assert not prove(strict.function(name), fast.function(name)).ok


def test_mutants_of_fast_reductions_are_rejected(texts: dict[str, str]) -> None:
    before, after = parse_module(texts["fast"]), parse_module(_rewritten(texts["fast"]))
    for name in ("dot4", "length4"):
        original, rewritten = before.function(name), print_function(after.function(name))
        assert prove(original, after.function(name)).ok
        assert "vector.reduce.fadd" in rewritten
        text = _alone(after, name)
        for old, new in (("vector.reduce.fadd", "vector.reduce.fmul"), ("(double 0.000000e+00,", "(double 1.0,")):
            wrong = canonicalize(text.replace(old, new))
            assert wrong != text
            assert not prove(original, parse_module(wrong).function(name)).ok
