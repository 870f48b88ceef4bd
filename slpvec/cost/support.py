"""Whether a target's prices can be had at all: asked before anything is decided, so that nobody gets made-up ones.

For a target that `opt` was not built with it would print the prices of no machine, with a mere warning.
"""

from __future__ import annotations

import functools

from slpvec.cost.store import TABLES, find_table
from slpvec.cost.target import Target
from slpvec.errors import InputError, MissingToolError, ToolError, UnsupportedError
from slpvec.llvm.tools import find_tool, have_tool, run_tool

_NO_TARGET = ("failed to create target machine", "unrecognized architecture")
_NO_CPU = "is not a recognized processor"


@functools.lru_cache(maxsize=256)
def require_prices(target: Target, chosen: bool = False) -> None:
    """Does nothing if prices of a target can be had. ``chosen`` says that the user named its cpu.

    Raises:
        UnsupportedError: LLVM has no such target here, or none is named.
        InputError: the target has no such cpu (where LLVM itself passes over it, only if ``chosen``).
        MissingToolError: there is neither a bundled table for it nor ``opt``.
    """
    if not target.triple:
        hint = 'add one, for instance target triple = "x86_64-unknown-linux-gnu"'
        raise UnsupportedError("the module names no target, and prices depend on it", hint=hint)
    if find_table(target) is not None:
        return
    if not have_tool("opt"):
        cpu = target.cpu or "generic"
        message = f"costs of {cpu} on {target.triple} are not bundled ({', '.join(TABLES)} are), and there is no opt"
        raise MissingToolError(message, hint="run `pip install 'slpvec[tools]'` or set SLPVEC_OPT")
    triple = target.triple
    said = _opt_says(Target(triple, "", ""))
    if said is None or any(phrase in said for phrase in _NO_TARGET):
        hint = "`llc --version` lists the targets it was built with; SLPVEC_OPT names another"
        raise UnsupportedError(f"LLVM's opt has no costs for target '{triple}'", hint=hint)
    said = _opt_says(target)
    if said is None or (chosen and _NO_CPU in said):
        hint = f"`llc -mtriple={triple} -mcpu=help` lists them"
        raise InputError(f"target '{triple}' has no CPU '{target.cpu}'", hint=hint)


def _opt_says(target: Target) -> str | None:
    """The warnings of `opt` about a target; None if it fails, as it does on a triple that it cannot read at all."""
    text = (
        f'target triple = "{target.triple}"\n'
        f"define void @f() #0 {{\n  ret void\n}}\nattributes #0 = {{ {target.attributes} }}\n"
    )
    command = ["-passes=print<cost-model>", "-cost-kind=throughput", "-disable-output", "-"]
    try:
        return run_tool(find_tool("opt"), command, text, what="the target").stderr.decode(errors="replace")
    except ToolError:
        return None
