"""The machine that the times are of, and signs that it was busy."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from slpvec.bench.protocol import ArmRuns
from slpvec.bench.statistics import FEWEST_ROUNDS, Interval, relative_spread
from slpvec.llvm.binding import host_cpu, llvm_version
from slpvec.llvm.tools import find_tool, have_tool
from slpvec.structs import dataclass

_BUSY_BEFORE = 0.5
"""Load average above which somebody else was at work before the first run."""
_BUSY_AFTER = 1.5
"""The same after the runs, of which there is one at a time."""
_GOVERNOR = "/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor"


@dataclass(frozen=True, slots=True)
class _Sign:
    """A figure of a program's runs, the limit that makes it a sign, and what to say of the worst."""

    limit: float
    text: str
    below: bool = False
    """Whether small values are bad."""

    def tells(self, value: float) -> bool:
        return value < self.limit if self.below else value > self.limit


_SIGNS = {
    "spread": _Sign(0.05, "times scatter: the middle half of an arm's runs spans {:.0%} of the median"),
    "waited": _Sign(0.05, "programs waited for {:.0%} of the time: their core was shared, or they read files"),
    # The kernel divides CPU time into user and system by ticks of up to 10 ms.
    "seconds": _Sign(0.1, "runs of {:.3f} s are short next to the clock's ticks", below=True),
    "control": _Sign(0.03, "the reference differs from itself by {:.1%}"),
}


def describe_host(core: int | None) -> dict[str, object]:
    """CPU, cores, kernel and clock governor: what a published time has to name."""
    cpu = host_cpu()
    return {
        "cpu": _cpu_model() or cpu.name,
        "llvm_cpu": cpu.name,
        "triple": cpu.triple,
        "cores": os.cpu_count(),
        "core": core,
        "kernel": f"{platform.system()} {platform.release()}",
        "libc": " ".join(platform.libc_ver()).strip(),
        "governor": _read(_GOVERNOR.format(core or 0)),
    }


def tool_versions() -> dict[str, str]:
    """Versions of LLVM in all of its places; without those of tools that are not there."""
    versions = {"llvmlite": ".".join(map(str, llvm_version())), "python": platform.python_version()}
    return versions | {name: find_tool(name).version for name in ("clang", "opt", "llc") if have_tool(name)}


def load_average() -> float:
    """Processes that wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def busy_signs(before: float, after: float) -> list[str]:
    """What load averages tell."""
    signs = []
    if before > _BUSY_BEFORE:
        signs.append(f"the load average was {before:.1f} before the first program was built: something else runs here")
    if after > _BUSY_AFTER:
        signs.append(f"the load average was {after:.1f} after the last run, of which there is one at a time")
    return signs


def case_signs(runs: Sequence[ArmRuns], control: Interval | None, measure: str) -> dict[str, float]:
    """What the runs of one program tell against trusting its times, by kind of sign (`_SIGNS`)."""
    timed = [run for run in runs if run.samples]
    if not timed:
        return {}
    signs = {
        "spread": statistics.median(relative_spread(run.seconds(measure)) for run in timed),
        "waited": statistics.median(1.0 - s.process.cpu / s.process.wall for run in timed for s in run.samples),
        "seconds": min(run.median(measure) or 0.0 for run in timed),
        "control": 0.0 if control is None else abs(control.ratio - 1.0),
    }
    return {kind: value for kind, value in signs.items() if _SIGNS[kind].tells(value)}


def render_signs(signs: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The signs of all programs, by name, in a line a kind that names the worst."""
    lines = []
    for kind, sign in _SIGNS.items():
        found = {name: values[kind] for name, values in signs.items() if kind in values}
        if found:
            worst = (min if sign.below else max)(found, key=lambda name: found[name])
            of = "" if len(signs) == 1 else f" ({worst}; such are {len(found)} of {len(signs)})"
            lines.append(sign.text.format(found[worst]) + of)
    return lines


def remedies(signs: Sequence[str], rounds: int) -> list[str]:
    """What helps, if anything is amiss."""
    helps = []
    if signs:
        helps.append(
            "what helps: a quiet machine, more --runs, a larger --class, another --core, and a clock that stays"
        )
        helps.append("as it is (`cpupower frequency-set -g performance`)")
    if rounds < FEWEST_ROUNDS:
        helps.append(f"a 95 % interval needs --runs {FEWEST_ROUNDS} at least")
    return helps


def _cpu_model() -> str:
    found = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""
