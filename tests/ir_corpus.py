"""IR texts that many tests read: written by hand, compiled from C and C++ for several targets, and generated."""

from __future__ import annotations

import functools
from pathlib import Path

from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.tools import have_tool
from slpvec.validate.generate import big_block, generate_function

SAMPLES = Path(__file__).parent / "ir_samples"
FLAGS = {
    "unoptimised": ["-O0"],
    "avx2": ["-O3", "-march=x86-64-v3", "-fno-slp-vectorize"],
    "debug": ["-O2", "-g"],
    "fast-math": ["-Ofast", "-march=x86-64-v4", "-Wno-deprecated"],
    "aarch64": ["-O3", "--target=aarch64-linux-gnu", "-mcpu=neoverse-v2"],
    "i686": ["-Os", "--target=i686-linux-gnu", "-m32"],
    "riscv64": ["-O2", "--target=riscv64-linux-gnu", "-march=rv64gcv"],
}
HAND_WRITTEN = sorted(path.name for path in SAMPLES.glob("*.ll"))
COMPILED = [f"{source}:{flags}" for source in ("kernels.c", "exceptions.cpp") for flags in FLAGS]
GENERATED = [f"generated:{seed}" for seed in range(6)]
NAMES = [*HAND_WRITTEN, *COMPILED, *GENERATED, "block:300"]


def available(name: str) -> bool:
    """Whether the text can be made here: compiled ones need clang."""
    return name not in COMPILED or have_tool("clang")


@functools.cache
def corpus_text(name: str) -> str:
    """Canonical text of a member of `NAMES`."""
    kind, _, rest = name.partition(":")
    if kind == "generated":
        return generate_function(int(rest), 150)
    if kind == "block":
        return big_block(int(rest))
    if rest:
        language = ["-std=c++17"] if kind.endswith("cpp") else ["-std=gnu11"]
        return canonicalize(c_to_ir(SAMPLES / kind, [*language, *FLAGS[rest]]), name)
    return canonicalize((SAMPLES / name).read_text(), name)
