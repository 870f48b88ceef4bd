"""What LLVM's cost model depends on besides the instruction: the target and a few function attributes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from slpvec.ir.model import Function
from slpvec.llvm.opt import run_passes
from slpvec.llvm.tools import have_tool
from slpvec.structs import dataclass

_OTHER_ATTRIBUTES = (
    "aarch64_pstate_sm_body",
    "aarch64_pstate_sm_compatible",
    "aarch64_pstate_sm_enabled",
    "minsize",
    "noimplicitfloat",
    "optsize",
    "prefer-vector-width",
    "tune-cpu",
    "use-soft-float",
    "vscale_range",
)
"""Function attributes, besides cpu and features, that subtargets or TTI read."""
_WIDE = "512"
# An x86 register width is chosen by this attribute only above 256 bits, and only if AVX-512 is there at all.
_LEGAL_WIDTH = "min-legal-vector-width"


@dataclass(frozen=True, slots=True)
class Target:
    """A target as a function names it. Two functions with equal targets have equal prices."""

    triple: str
    cpu: str
    """target-cpu, '' if none."""
    features: str
    """target-features, sorted, '' if none."""
    other: tuple[tuple[str, str], ...] = ()
    """Further attributes that prices depend on, sorted: prefer-vector-width, tune-cpu, vscale_range ..."""

    @staticmethod
    def of(function: Function, mcpu: str | None = None) -> Target:
        """The function's own target; ``mcpu`` overrides its cpu, and drops features and tuning with it."""
        attributes = function.attributes
        triple = function.module.triple
        kept = {name: attributes[name] for name in _OTHER_ATTRIBUTES if name in attributes}
        if mcpu is not None or kept.get("tune-cpu") == function.target_cpu:
            kept.pop("tune-cpu", None)
        if mcpu is not None:
            cpu, features = mcpu, ""
            kept.update(_legal_width(triple, features, attributes))
        else:
            cpu, features = function.target_cpu, normalise_features(function.target_features)
            kept.update(_legal_width(triple, features, attributes))
        return Target(triple, cpu, features, tuple(sorted(kept.items())))

    @property
    def architecture(self) -> str:
        """'x86', 'aarch64' or 'other'."""
        head = self.triple.partition("-")[0]
        if head in ("x86_64", "amd64") or re.fullmatch(r"i[3-6]86", head):
            return "x86"
        return "aarch64" if head.startswith(("aarch64", "arm64")) else "other"

    @property
    def attributes(self) -> str:
        """The attribute list of a function for this target, as IR text; never empty, as LLVM wants it."""
        words = ["nounwind"]
        words += [f'"target-cpu"="{self.cpu}"'] if self.cpu else []
        words += [f'"target-features"="{self.features}"'] if self.features else []
        for name, value in self.other:
            if name == "vscale_range":
                words.append(f"vscale_range({value})")
            elif name in ("minsize", "noimplicitfloat", "optsize"):
                words.append(name)
            else:
                words.append(f'"{name}"="{value}"' if value else f'"{name}"')
        return " ".join(words)

    @property
    def vector_bits(self) -> int:
        """Bits of the widest register that LLVM's SLP vectorizer fills, prefer-vector-width respected; 0 if none."""
        return _vector_bits(self)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(triple, cpu, features, other attributes): equal keys, equal prices."""
        return self.triple, self.cpu, self.features, self.attributes


def normalise_features(features: str) -> str:
    """Sorted, each feature once with its last sign: their order in the text means nothing else."""
    signs = {word[1:]: word[0] for word in features.split(",") if len(word) > 1}
    return ",".join(f"{signs[name]}{name}" for name in sorted(signs))


def _legal_width(triple: str, features: str, attributes: Mapping[str, str]) -> dict[str, str]:
    if not re.match(r"x86_64|amd64|i[3-6]86", triple) or (features and "+avx512f" not in features):
        return {}
    width = attributes.get(_LEGAL_WIDTH, _WIDE)
    return {_LEGAL_WIDTH: "0" if width.isdigit() and int(width) <= 256 else _WIDE}


_WIDTH_PROBE = "fadd <{} x float>"
_LANES = (64, 32, 16, 8, 4)


@functools.lru_cache(maxsize=256)
def _vector_bits(target: Target) -> int:
    """Asks LLVM's SLP vectorizer, which packs as many floats as a register holds; without opt the features decide."""
    if _is_plain(target) or not have_tool("opt"):
        return _bits_by_features(target)
    count = 128
    lines = []
    for k in range(count):
        lines.append(f"%p{k} = getelementptr float, ptr %p, i64 {k}\n%q{k} = getelementptr float, ptr %q, i64 {k}")
        lines.append(f"%x{k} = load float, ptr %p{k}, align 4\n%y{k} = fadd float %x{k}, %x{k}")
    lines += [f"store float %y{k}, ptr %q{k}, align 4" for k in range(count)]
    triple = f'target triple = "{target.triple}"\n' if target.triple else ""
    head = f"{triple}define void @f(ptr noalias %p, ptr noalias %q) #0 {{\n"
    attributes = f"\nret void\n}}\nattributes #0 = {{ {target.attributes} }}\n"
    text = run_passes(head + "\n".join(lines) + attributes, "function(slp-vectorizer)")
    return next((32 * lanes for lanes in _LANES if _WIDTH_PROBE.format(lanes) in text), 0)


_LEVELS = {"x86-64": 128, "x86-64-v2": 128, "x86-64-v3": 256, "x86-64-v4": 256}
"""Bits of the psABI's levels, whose tuning prefers 256 bits to 512."""


def _is_plain(target: Target) -> bool:
    """Whether the name or the features say it all: an x86-64 level, AArch64 without SVE of a fixed length."""
    names = {name for name, _ in target.other}
    if target.architecture == "x86":
        usual = "-avx" not in target.features and ("+avx512f" not in target.features or target.cpu == "x86-64-v4")
        return target.cpu in _LEVELS and usual and names <= {_LEGAL_WIDTH}
    scales = dict(target.other).get("vscale_range", "1").split(",")
    return target.architecture == "aarch64" and "-neon" not in target.features and scales[0] == "1"


def _bits_by_features(target: Target) -> int:
    features = set(target.features.split(","))
    if target.architecture == "aarch64":
        return 128
    if target.architecture != "x86":
        return 0
    preferred = dict(target.other).get("prefer-vector-width", "256")
    widest = 512 if "+avx512f" in features else 256 if "+avx" in features else _LEVELS.get(target.cpu, 128)
    return min(widest, int(preferred) if preferred.isdigit() and int(preferred) >= 128 else 256)
