"""Asks LLVM for prices: signatures become small probe functions, many in one run of opt.

Printing an instruction takes LLVM time linear in its function's size, and each function has a fixed cost, so some
thirty probes share a function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from slpvec.cost.signature import PRICED
from slpvec.cost.target import Target
from slpvec.errors import MissingToolError, ToolError
from slpvec.llvm.opt import print_costs

_PER_FUNCTION = 30
_PER_RUN = 20_000
_CALLEE = re.compile(r"call void @([-\w.$]+)\(((?:i64 0(?:, )?)*)\)")
_SCOPES = "!0 = !{!1}\n!1 = distinct !{!1, !2}\n!2 = distinct !{!2}\n"
"""Whatever metadata an intrinsic names becomes !0, which is a list of alias scopes."""
_GLOBALS = """\
@g.dso_local = external dso_local global i8
@g.preemptible = external global i8
@g.dso_local.tls = external dso_local thread_local global i8
@g.preemptible.tls = external thread_local global i8
"""


def ask(target: Target, signatures: Sequence[str]) -> dict[str, int | None]:
    """LLVM's price of each signature; None where LLVM has none (Invalid). What LLVM refuses to read is left out.

    Raises MissingToolError without opt.
    """
    found: dict[str, int | None] = {}
    for group in _compatible(signatures):
        for start in range(0, len(group), _PER_RUN):
            found.update(_ask(target, group[start : start + _PER_RUN]))
    return found


def _compatible(signatures: Iterable[str]) -> list[list[str]]:
    """Signatures in groups in which no function is called with two numbers of arguments: a module declares it once."""
    groups: dict[int, list[str]] = {0: []}
    for text in signatures:
        match = _CALLEE.search(text)
        count = 0 if match is None or match[1].startswith("f.") else match[2].count("i64")
        groups.setdefault(count, []).append(text)
    return list(groups.values())


def _ask(target: Target, signatures: list[str]) -> dict[str, int | None]:
    if not signatures:
        return {}
    try:
        return _run(target, signatures)
    except MissingToolError:
        raise
    except ToolError:
        # One of them is not valid IR: find it by halving.
        if len(signatures) == 1:
            return {}
        half = len(signatures) // 2
        return {**_ask(target, signatures[:half]), **_ask(target, signatures[half:])}


def _run(target: Target, signatures: list[str]) -> dict[str, int | None]:
    straight = [text for text in signatures if _is_straight(text)]
    control = [text for text in signatures if not _is_straight(text)]
    groups = [straight[k : k + _PER_FUNCTION] for k in range(0, len(straight), _PER_FUNCTION)]
    functions: list[str] = []
    places = []
    for group in groups:
        text, lines = _straight_function(f"p{len(functions)}", group)
        functions.append(text)
        places.append(list(zip(group, lines, strict=True)))
    for text in control:
        functions.append(_control_function(f"p{len(functions)}", text))
        places.append([(text, 1 if f"{PRICED}%r = phi" in text else 0)])
    printed = print_costs("\n".join((_head(target), *functions, *_declarations(signatures), _SCOPES)))
    found: dict[str, int | None] = {}
    for k, wanted in enumerate(places):
        costs = printed[f"p{k}"]
        for text, line in wanted:
            found[text] = costs[line].cost
    return found


def _head(target: Target) -> str:
    triple = f'target triple = "{target.triple}"\n' if target.triple else ""
    return f"{triple}{_GLOBALS}attributes #0 = {{ {target.attributes} }}\n"


def _declarations(signatures: Iterable[str]) -> list[str]:
    callees = {match[1]: match[2].count("i64") for text in signatures for match in _CALLEE.finditer(text)}
    return [f"declare void @{name}({', '.join(['i64'] * count)})" for name, count in sorted(callees.items())]


_CONTROL = ("ret", "br", "switch", "unreachable", "phi", "alloca")
_NEXT = "\nnext:\n  ret void"
_BODIES = {
    "ret": "  ret void",
    "br": f"  br label %next{_NEXT}",
    "br i1": f"  br i1 %c, label %next, label %other\nother:\n  ret void{_NEXT}",
    "switch": f"  switch i64 %x, label %next [ i64 0, label %next i64 1, label %next ]{_NEXT}",
    "unreachable": "  unreachable",
    "phi": "  br label %next\nnext:\n  %y = phi i64 [ %x, %first ]\n  ret void",
    "alloca static": "  %y = alloca i8\n  ret void",
    "alloca dynamic": "  %y = alloca i8, i64 %x\n  ret void",
}
"""Control flow stands alone: its signatures have no operands."""


def _is_straight(signature: str) -> bool:
    arguments, _, lines = signature.partition("\n")
    return bool(arguments) or lines.removeprefix(PRICED).removeprefix("%r = ").split(" ", 1)[0] not in _CONTROL


def _straight_function(name: str, signatures: Sequence[str]) -> tuple[str, list[int]]:
    """One function with a probe after the other, and the index of each one's priced instruction.

    It is variadic because llvm.va_start may stand in nothing else.
    """
    arguments: list[str] = []
    body: list[str] = []
    lines: list[int] = []
    for k, signature in enumerate(signatures):
        head, *rest = signature.replace("%", f"%p{k}.").split("\n")
        if head:
            arguments.append(head)
        for line in rest:
            if line.startswith(PRICED):
                lines.append(len(body))
            body.append("  " + line.removeprefix(PRICED))
    text = "\n".join((f"define void @{name}({', '.join([*arguments, '...'])}) #0 {{", *body, "  ret void", "}"))
    return text, lines


def _control_function(name: str, signature: str) -> str:
    """A function whose first instruction is the priced one (of a phi the second)."""
    body = _BODIES[signature.strip().removeprefix(PRICED).removeprefix("%r = ")]
    return f"define void @{name}(i64 %x, i1 %c) #0 {{\nfirst:\n{body}\n}}"
