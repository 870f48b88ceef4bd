"""LLVM's own SLP vectorizer proven on C kernels, and what happens when its output is broken on purpose."""

from __future__ import annotations

import itertools
import platform
import random
from pathlib import Path

import pytest
from validate_mutations import MUTATIONS, mutants

from slpvec.ir.model import Function, Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function
from slpvec.llvm.binding import canonicalize, host_cpu
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import run_passes, slp_vectorize
from slpvec.llvm.tools import CLANG, have_tool
from slpvec.validate.differential import run_differential
from slpvec.validate.symbolic import prove

pytestmark = pytest.mark.skipif(not have_tool("opt"), reason="needs opt")

KERNELS = """
#define R restrict
void add4(double *R a, const double *R b, const double *R c)
{ a[0] = b[0] + c[0]; a[1] = b[1] + c[1]; a[2] = b[2] + c[2]; a[3] = b[3] + c[3]; }

struct vec { double x, y, z, w; };
void scaled(struct vec *R r, const struct vec *R p, const struct vec *R q, double s)
{ r->x = p->x * q->x - s; r->y = p->y * q->y - s; r->z = p->z * q->z - s; r->w = p->w * q->w - s; }

void clamp(int *R a, const int *R b, int n)
{
  for (int i = 0; i < n; i += 4) {
    a[i] = b[i] > 3 ? b[i] : -b[i]; a[i + 1] = b[i + 1] > 3 ? b[i + 1] : -b[i + 1];
    a[i + 2] = b[i + 2] > 3 ? b[i + 2] : -b[i + 2]; a[i + 3] = b[i + 3] > 3 ? b[i + 3] : -b[i + 3];
  }
}

void complex2(float *R o, const float *R a, const float *R b)
{
  o[0] = a[0] * b[0] - a[1] * b[1]; o[1] = a[0] * b[1] + a[1] * b[0];
  o[2] = a[2] * b[2] - a[3] * b[3]; o[3] = a[2] * b[3] + a[3] * b[2];
}

void sums(double *R o, const double *R a, int n)
{
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (int i = 0; i < n; i++) { s0 += a[4 * i]; s1 += a[4 * i + 1]; s2 += a[4 * i + 2]; s3 += a[4 * i + 3]; }
  o[0] = s0; o[1] = s1; o[2] = s2; o[3] = s3;
}

void matvec3(double *R y, const double *R m, const double *R x)
{
  y[0] = m[0] * x[0] + m[3] * x[1] + m[6] * x[2]; y[1] = m[1] * x[0] + m[4] * x[1] + m[7] * x[2];
  y[2] = m[2] * x[0] + m[5] * x[1] + m[8] * x[2]; y[3] = m[9] * x[0] + m[10] * x[1] + m[11] * x[2];
}

void matmul4(float *R c, const float *R a, const float *R b)
{ for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) {
    float s = 0; for (int k = 0; k < 4; k++) s += a[4 * i + k] * b[4 * k + j]; c[4 * i + j] = s; } }

void widen(long *R o, const unsigned char *R a, int k)
{ o[0] = a[0] + k; o[1] = a[1] + k; o[2] = a[2] + k; o[3] = a[3] + k; }

void divide(double *R o, const double *R a, double s)
{ o[0] = a[1] / s; o[1] = a[0] / s; o[2] = __builtin_sqrt(a[3]) / s; o[3] = __builtin_sqrt(a[2]) / s; }

void shifts(unsigned *R o, const unsigned *R a, const unsigned *R b)
{ for (int i = 0; i < 4; i++) o[i] = (a[i] << 3 ^ b[i]) >> 5 & 0xffu | a[i] - b[i]; }

void choose(double *R o, const double *R a, const double *R b)
{ for (int i = 0; i < 4; i++) o[i] = a[i] < b[i] ? a[i] - b[i] : b[i] * a[i]; }

void absolute(float *R o, const float *R a)
{ for (int i = 0; i < 4; i++) o[i] = __builtin_fabsf(a[i]) - __builtin_floorf(a[i]); }

void convert(float *R o, const int *R a, float s)
{ for (int i = 0; i < 4; i++) o[i] = (float)a[i] * s - 1.0f; }

void inplace(double *a, double s)
{ a[0] = a[0] - s; a[1] = a[1] - s; a[2] = a[2] - s; a[3] = a[3] - s; }

void indexed(double *R o, const double *R a, int i)
{ o[i] = a[i] - 1.5; o[i + 1] = a[i + 1] - 2.5; o[i + 2] = a[i + 2] - 3.5; o[i + 3] = a[i + 3] - 4.5; }

void reversed(float *R o, const float *R a)
{ o[0] = a[3] - 1.0f; o[1] = a[2] - 2.0f; o[2] = a[1] - 3.0f; o[3] = a[0] - 4.0f; }

double branches(double *R o, const double *R a, int k)
{
  double x = a[0] - 1, y = a[1] - 2;
  if (k) { x *= a[2]; y *= a[3]; }
  o[0] = x; o[1] = y;
  return k;
}
"""
FLAGS = ["-O3", "-fno-slp-vectorize", "-march=x86-64-v3", "-ffp-contract=on"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The kernels before and after LLVM's SLP vectorizer, with what that leaves dead taken out."""
    if not have_tool(CLANG):
        pytest.skip("needs clang")
    source = Path(tmp_path_factory.mktemp("kernels")) / "kernels.c"
    source.write_text(KERNELS)
    before = canonicalize(c_to_ir(source, FLAGS))
    after = run_passes(slp_vectorize(before, cleanup=False).text, "function(dce)")
    return before, canonicalize(after)


def _vectorized(function: Function) -> bool:
    return any(" x " in i.text for i in function.instructions)


def test_llvms_rewrites_are_proven_ok(pair: tuple[str, str]) -> None:
    before, after = map(parse_module, pair)
    changed = [f for f in after.functions if _vectorized(f)]
    failed = {f.name: proof for f in changed if not (proof := prove(before.function(f.name), f)).ok}
    assert len(changed) >= 14
    assert not failed


def test_the_scalar_code_of_another_kernel_rejected(pair: tuple[str, str]) -> None:
    before = parse_module(pair[0])
    names = [f.name for f in before.functions]
    for name, other in itertools.pairwise(names):
        assert not prove(before.function(name), before.function(other)).ok


@pytest.mark.parametrize("seed", range(3))
def test_mutants_of_llvms_rewrites_rejected(pair: tuple[str, str], seed: int) -> None:
    """Whatever is still accepted must compute the same; promises are never accepted."""
    before, after = map(parse_module, pair)
    tried, kinds = 0, set[str]()
    for name in [f.name for f in after.functions if _vectorized(f)]:
        original = _alone(before, name)
        function = parse_module(original).function(name)
        for what, line, text in mutants(_alone(after, name), name, seed, 16):
            tried += 1
            kinds.add(what)
            if prove(function, parse_module(text).function(name)).ok:
                assert what not in ("add_flag", "add_claim", "raise_alignment", "delete"), (name, line)
                _assert_same(original, text, name, f"{what}: {line}")
    assert tried > 100
    assert len(kinds) > len(MUTATIONS) // 2


def _alone(module: Module, name: str) -> str:
    """A module of one function, which calls none of the others."""
    items = [
        i if isinstance(i, str) else print_function(i) for i in module.items if isinstance(i, str) or i.name == name
    ]
    return canonicalize("".join(items))


def _assert_same(before: str, after: str, name: str, what: str) -> None:
    if platform.machine() == "x86_64" and "avx2" in host_cpu().features:
        found = run_differential(before, after, name, runs=8)
        assert found.difference is None, f"{name}: {what}: {found.difference}"


SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "<2 x i32>": 8, "<4 x i16>": 8}


def _random_accesses(rng: random.Random) -> list[tuple[int, set[int], str]]:
    """Loads and stores through two pointers: (number, numbers that it needs, lines)."""
    found: list[tuple[int, set[int], str]] = []
    loaded: dict[str, list[int]] = {type_: [] for type_ in SIZES}
    for number in range(rng.randrange(4, 12)):
        type_ = rng.choice(list(SIZES))
        offset = "%n" if rng.random() < 0.2 else str(rng.randrange(0, 20, 2))
        lines = f"  %a{number} = getelementptr i8, ptr %{rng.choice('pq')}, i64 {offset}\n"
        if rng.random() < 0.5 or not loaded[type_]:
            found.append((number, set(), f"{lines}  %v{number} = load {type_}, ptr %a{number}, align 1"))
            loaded[type_].append(number)
        else:
            value = rng.choice(loaded[type_])
            found.append((number, {value}, f"{lines}  store {type_} %v{value}, ptr %a{number}, align 1"))
    return found


def _reordered(rng: random.Random, accesses: list[tuple[int, set[int], str]]) -> list[tuple[int, set[int], str]]:
    left, done, order = list(accesses), set[int](), []
    while left:
        ready = [access for access in left if access[1] <= done]
        access = ready[0] if rng.random() < 0.6 else rng.choice(ready)
        left.remove(access)
        done.add(access[0])
        order.append(access)
    return order


@pytest.mark.parametrize("seed", range(25))
def test_reordered_accesses_that_are_proven_do_the_same(seed: int) -> None:
    rng = random.Random(seed)
    accesses = _random_accesses(rng)
    pointer = rng.choice(("ptr", "ptr noalias"))

    def written(order: list[tuple[int, set[int], str]]) -> str:
        body = "\n".join(lines for _, _, lines in order)
        return canonicalize(f"define void @f({pointer} %p, {pointer} %q, i64 %n) {{\n{body}\n  ret void\n}}\n")

    text = written(accesses)
    before = parse_module(text).function("f")
    assert prove(before, before).ok
    for _ in range(3):
        other = written(_reordered(rng, accesses))
        if prove(before, parse_module(other).function("f")).ok:
            _assert_same(text, other, "f", other)
