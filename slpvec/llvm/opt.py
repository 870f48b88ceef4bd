"""Run LLVM's own passes and cost model through `opt`, and its code generator through `llc`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from slpvec.errors import ToolError
from slpvec.llvm.remarks import Remark, parse_remarks
from slpvec.llvm.tools import find_tool, run_tool

CLEANUP_PASSES = "function(vector-combine,instcombine<no-verify-fixpoint>,early-cse<memssa>,dce)"
"""What every arm gets after vectorizing. -O3 runs vector-combine and instcombine right after its SLP
vectorizer; early-cse and dce stand for the later passes of -O3 that remove what these two leave over."""

SLP_PASS = "slp-vectorizer"


class InstructionCost(NamedTuple):
    """What LLVM's cost model says of one instruction."""

    cost: int | None
    """Reciprocal throughput, in LLVM's units; None where LLVM says that it has no cost (`Invalid`)."""
    text: str
    """The instruction as LLVM prints it, without its indentation; a switch has several lines."""


class SlpResult(NamedTuple):
    """A module after LLVM's SLP vectorizer."""

    text: str
    """The module."""
    remarks: tuple[Remark, ...]
    """What the vectorizer says of it."""


class TimedModule(NamedTuple):
    """A module after a pass that was timed."""

    text: str
    """The module."""
    seconds: float
    """Wall time of the pass over all functions, without what `opt` does besides."""


def run_passes(text: str, passes: str, arguments: Sequence[str] = (), *, timeout: float | None = None) -> str:
    """The module after a pass pipeline in `opt -passes=` syntax.

    Raises MissingToolError without `opt`, ToolError if it fails or takes more than `timeout` seconds.
    """
    opt = find_tool("opt")
    command = ["-S", f"-passes={passes}", *arguments, "-"]
    output = run_tool(opt, command, text, timeout=timeout, what=f"passes '{passes}'")
    return _module(_decode(output.stdout))


def clean_up(text: str, arguments: Sequence[str] = ()) -> str:
    """The module after the passes that every arm of a comparison gets."""
    return run_passes(text, CLEANUP_PASSES, arguments)


def slp_vectorize(text: str, arguments: Sequence[str] = (), *, cleanup: bool = True) -> SlpResult:
    """The module after LLVM's own SLP vectorizer, then (unless `cleanup` is false) `CLEANUP_PASSES`."""
    import tempfile

    passes = f"function({SLP_PASS}),{CLEANUP_PASSES}" if cleanup else f"function({SLP_PASS})"
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        record = Path(directory) / "remarks.yaml"
        flags = [f"-pass-remarks-output={record}", f"-pass-remarks-filter=^{SLP_PASS}$"]
        result = run_passes(text, passes, [*flags, *arguments])
        remarks = parse_remarks(record.read_text(errors="replace"))
    return SlpResult(result, tuple(remarks))


_PASS_TIME = re.compile(r"([0-9.]+) \([^()]*\)\s+SLPVectorizerPass$", re.MULTILINE)


def timed_slp_vectorize(text: str) -> TimedModule:
    """The module after LLVM's own SLP vectorizer and `CLEANUP_PASSES`, and the seconds that the former took."""
    passes = f"function({SLP_PASS}),{CLEANUP_PASSES}"
    output = run_tool(find_tool("opt"), ["-S", f"-passes={passes}", "-time-passes", "-"], text, what="LLVM's SLP")
    seconds = sum(map(float, _PASS_TIME.findall(_decode(output.stderr))))
    return TimedModule(_module(_decode(output.stdout)), seconds)


def print_costs(text: str, arguments: Sequence[str] = ()) -> dict[str, list[InstructionCost]]:
    """LLVM's reciprocal-throughput cost of every instruction, by function, in the order of the text.

    `opt` takes time quadratic in a function's size here (72 s at 28,000 instructions): split what is large.
    """
    command = ["-passes=print<cost-model>", "-cost-kind=throughput", "-disable-output", *arguments, "-"]
    output = run_tool(find_tool("opt"), command, text, what="the cost model")
    return parse_costs(_decode(output.stderr))


_FUNCTION = re.compile(r"Printing analysis 'Cost Model Analysis' for function '(?P<name>.*)':$")
_COST = re.compile(
    r"Cost Model: (?:Invalid cost|Found an estimated cost of (?P<cost>-?\d+|Invalid))"
    r" for instruction:\s*(?P<text>.*)$"
)


def parse_costs(printed: str) -> dict[str, list[InstructionCost]]:
    """What `opt -passes='print<cost-model>'` printed, as `print_costs` returns it."""
    costs: dict[str, list[InstructionCost]] = {}
    current: list[InstructionCost] | None = None
    for line in printed.splitlines():
        if (head := _FUNCTION.match(line)) is not None:
            current = costs.setdefault(head["name"], [])
        elif (found := _COST.match(line)) is not None and current is not None:
            number = found["cost"]
            cost = None if number is None or number == "Invalid" else int(number)
            current.append(InstructionCost(cost, found["text"]))
        elif current and line.strip():
            # The rest of an instruction of several lines, such as a switch.
            last = current.pop()
            current.append(InstructionCost(last.cost, f"{last.text}\n{line.strip()}"))
    return costs


def compile_object(text: str, *, level: int = 2, arguments: Sequence[str] = ()) -> bytes:
    """Machine code of a module, an object file's bytes, made by `llc -O<level>`; position-independent."""
    command = ["-filetype=obj", f"-O{level}", "-relocation-model=pic", *arguments, "-o", "-", "-"]
    output = run_tool(find_tool("llc"), command, text, what="the module")
    if not output.stdout:
        raise ToolError("llc wrote no object code")
    return output.stdout


def compile_assembly(text: str, *, level: int = 2, arguments: Sequence[str] = ()) -> str:
    """Assembly of a module as `compile_object` would encode it, with LLVM's comments."""
    command = ["-filetype=asm", f"-O{level}", "-relocation-model=pic", *arguments, "-o", "-", "-"]
    return _decode(run_tool(find_tool("llc"), command, text, what="the module").stdout)


def _module(text: str) -> str:
    # As `binding.canonicalize` does, without the names that opt makes up for standard input.
    return text.removeprefix("; ModuleID = '<stdin>'\n").removeprefix('source_filename = "<stdin>"\n')


def _decode(data: bytes) -> str:
    return data.decode(errors="replace")
