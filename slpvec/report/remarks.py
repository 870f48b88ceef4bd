"""What was done to each function, as optimisation remarks in LLVM's YAML, which LLVM's viewers read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from slpvec.ir.model import Function, Module
from slpvec.llvm.remarks import DebugLocation, Remark, RemarkKind
from slpvec.pipeline import FunctionReport, Status

PASS_NAME = "slpvec"
_NAMES = {
    Status.VECTORIZED: "Vectorized",
    Status.UNCHANGED: "NotBeneficial",
    Status.SKIPPED: "Skipped",
    Status.ILLEGAL: "IllegalPlan",
    Status.UNPROVEN: "Unproven",
    Status.NOT_CHEAPER: "NotCheaperAfterCleanup",
    Status.VETOED: "Vetoed",
}
_MESSAGES = {
    Status.UNCHANGED: "nothing to gain was found",
    Status.SKIPPED: "left alone",
    Status.ILLEGAL: "left scalar, the decider broke a rule",
    Status.UNPROVEN: "left scalar, the rewrite could not be proven",
    Status.NOT_CHEAPER: "left scalar, nothing was gained",
    Status.VETOED: "left scalar, the second opinion is against it",
}


def remarks_of(reports: Iterable[FunctionReport], module: Module, policy: str) -> list[Remark]:
    """One remark a function: Passed if it was rewritten, else Missed, with the cost won (negative, as LLVM has it).

    Where a policy has several arms, the one that won stands for it.
    """
    functions = {function.name: function for function in module.walk()}
    return [_remark(report, functions[report.name], policy) for report in reports]


def _remark(report: FunctionReport, function: Function, policy: str) -> Remark:
    passed = report.status is Status.VECTORIZED
    if passed:
        arguments = [("String", "packed "), ("Packs", str(report.packs)), ("String", " groups of instructions")]
    else:
        reason = f": {report.reason}" if report.reason else ""
        arguments = [("String", f"{_MESSAGES[report.status]}{reason}")]
    arguments += [
        ("String", " with cost "),
        ("Cost", str(report.cost - report.scalar)),
        ("String", " against scalar "),
        ("ScalarCost", str(report.scalar)),
        ("String", " by policy "),
        ("Policy", str(report.notes.get("winner", policy))),
    ]
    kind = RemarkKind.PASSED if passed else RemarkKind.MISSED
    return Remark(kind, PASS_NAME, _NAMES[report.status], report.name, _location(function), tuple(arguments))


_NODE = re.compile(r"!dbg (![0-9]+)")
_FILE = re.compile(r"\bfile: (![0-9]+)")
_FILE_NAME = re.compile(r'\bfilename: "([^"]*)"')
_LINE = re.compile(r"\bline: ([0-9]+)")


def _location(function: Function) -> DebugLocation | None:
    """The line that a function's debug information names, None without any."""
    nodes = function.module.metadata
    attached = _NODE.search(function.header)
    subprogram = nodes.get(attached[1], "") if attached else ""
    file = _FILE.search(subprogram)
    name = _FILE_NAME.search(nodes.get(file[1], "")) if file else None
    line = _LINE.search(subprogram)
    if name is None or line is None:
        return None
    return DebugLocation(name[1], int(line[1]), 0)


def render_remarks(remarks: Iterable[Remark]) -> str:
    """The remarks as LLVM writes them; `slpvec.llvm.remarks.parse_remarks` reads them back."""
    return "".join(_document(remark) for remark in remarks)


def _document(remark: Remark) -> str:
    lines = [f"--- !{remark.kind}", _field("Pass", remark.pass_name), _field("Name", remark.name)]
    if (at := remark.location) is not None:
        where = f"{{ File: {_scalar(at.file)}, Line: {at.line}, Column: {at.column} }}"
        lines.append(f"{'DebugLoc:':<17}{where}")
    lines += [_field("Function", remark.function), "Args:"]
    lines += [f"  - {key + ':':<17}{_scalar(value)}" for key, value in remark.arguments]
    return "\n".join([*lines, "...", ""])


def _field(key: str, value: str) -> str:
    return f"{key + ':':<17}{_scalar(value)}"


def _scalar(value: str) -> str:
    """A value in YAML: plain if it is a word, else in single quotes, in double ones if it holds control characters."""
    if re.fullmatch(r"[A-Za-z_][\w.$-]*|-?[0-9]+", value):
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    escaped = "".join(_escaped(char) for char in value)
    return f'"{escaped}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    return f"\\x{ord(char):02X}" if ord(char) < 256 else f"\\U{ord(char):08X}"
