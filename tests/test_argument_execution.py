"""Internal functions packed because of their calls compute what they did, however those calls place their arguments."""

from __future__ import annotations

import ctypes
import platform
import random
import struct

import pytest

from slpvec.llvm.binding import host_cpu
from slpvec.llvm.jit import Jit
from slpvec.pipeline import Options, Status, vectorize

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or "avx2" not in host_cpu().features, reason="generated code is for x86-64-v3"
)
DOUBLES = 96
LANES = 4


def kernel(rng: random.Random) -> str:
    """Four times: read from one argument, compute, write to another, in the order of the text."""
    lines = []
    start, read = rng.randrange(3), rng.randrange(3)
    for k in range(LANES):
        lines += [
            f"%f{k} = getelementptr inbounds double, ptr %from, i64 {read + k}",
            f"%x{k} = load double, ptr %f{k}, align 8",
            f"%y{k} = fmul double %x{k}, %scale",
            f"%t{k} = getelementptr inbounds double, ptr %to, i64 {start + k}",
            f"store double %y{k}, ptr %t{k}, align 8",
        ]
    body = "\n".join(lines)
    return f"define internal void @kernel(ptr %to, ptr %from, double %scale) #0 {{\n{body}\nret void\n}}\n"


def place(rng: random.Random, name: str) -> str:
    """A pointer into the memory, some rows of an unknown number on and some elements."""
    base = "%memory" if rng.random() < 0.3 else "%row"
    return f"%{name} = getelementptr inbounds double, ptr {base}, i64 {rng.randrange(0, 16)}\n"


def program(seed: int) -> str:
    """A module: the kernel and a function that calls it once to three times."""
    rng = random.Random(seed)
    calls = "".join(
        place(rng, f"to{k}") + place(rng, f"from{k}") + f"call void @kernel(ptr %to{k}, ptr %from{k}, double 1.5)\n"
        for k in range(rng.randint(1, 3))
    )
    return f"""target triple = "x86_64-unknown-linux-gnu"
{kernel(rng)}
define void @run(ptr %memory, i64 %n) #0 {{
  %row = getelementptr inbounds [8 x double], ptr %memory, i64 %n
{calls}  ret void
}}
attributes #0 = {{ noinline "target-cpu"="x86-64-v3" }}
"""


def results(text: str) -> list[bytes]:
    """What the memory holds after a run, for several rows."""
    found = []
    with Jit(text) as compiled:
        run = compiled.function("run", None, ctypes.c_void_p, ctypes.c_int64)
        for row in range(6):
            memory = (ctypes.c_double * DOUBLES)(*(1.0 + k / 7 for k in range(DOUBLES)))
            run(ctypes.addressof(memory), row)
            found.append(struct.pack(f"{DOUBLES}d", *memory))
    return found


def test_results_are_the_same_wherever_the_arguments_point() -> None:
    packed = 0
    for seed in range(60):
        text = program(seed)
        result = vectorize(text, Options(policy="greedy", functions=("kernel",)))
        status = {report.name: report.status for report in result.reports}["kernel"]
        assert status in (Status.VECTORIZED, Status.UNCHANGED, Status.NOT_CHEAPER), f"seed {seed}: {status}"
        if status is Status.VECTORIZED:
            packed += 1
            assert results(result.text) == results(text), f"seed {seed}"
    assert 10 <= packed <= 50, "some calls let the kernel be packed, others do not"
