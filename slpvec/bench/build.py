"""From a module to the program of each arm: the same clean-up passes and the same code generation for all.

Only the clang arm goes its own way, from C to machine code by `clang -O3` as it is.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from slpvec.bench.arms import CLANG, LLVM, SCALAR
from slpvec.bench.cache import MODULE, PROGRAM, BuildCache, Entry, decider_version, recipe_key, text_digest
from slpvec.errors import InputError, ToolError
from slpvec.llvm.binding import canonicalize, host_cpu, llvm_version
from slpvec.llvm.clang import c_to_ir, compile_to_object, find_linker, link
from slpvec.llvm.opt import CLEANUP_PASSES, clean_up, compile_object, slp_vectorize
from slpvec.llvm.tools import find_tool
from slpvec.pipeline import FunctionReport, Options, Status, vectorize
from slpvec.structs import dataclass

NO_SLP = "-fno-slp-vectorize"
CODEGEN_LEVEL = 3
"""Of LLVM's code generator, for every arm."""
_HALF_DONE = (Status.UNPROVEN, Status.ILLEGAL)


@dataclass(frozen=True, slots=True)
class Source:
    """What all arms of one program are made from."""

    name: str
    """What messages call it."""
    text: str
    """Canonical LLVM IR, at -O3 and without the SLP vectorizer's work if it was compiled here."""
    path: Path | None
    """The C file; None if it came as IR."""
    flags: tuple[str, ...] = ()
    """Compiler flags of the C file, -O3 among them."""
    mcpu: str | None = None
    """CPU for functions of IR that name none themselves; C has it in its flags."""


def compile_source(path: Path, flags: Sequence[str], name: str) -> Source:
    """C compiled for all arms: with these flags, and without the SLP vectorizer. Raises what `c_to_ir` raises."""
    return Source(name, canonicalize(c_to_ir(path, [*flags, NO_SLP]), path.name), path, tuple(flags))


def codegen_arguments(source: Source) -> list[str]:
    """What the code generator is told beyond the module."""
    return [] if source.mcpu is None else [f"-mcpu={source.mcpu}"]


def build_program(text: str, output: Path, arguments: Sequence[str] = ()) -> None:
    """Compile a module with LLVM's code generator and link it to a program; ToolError if that fails."""
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        object_ = Path(directory) / "program.o"
        object_.write_bytes(compile_object(text, level=CODEGEN_LEVEL, arguments=arguments))
        link([object_], output)


def build_arm(
    source: Source,
    arm: str,
    options: Options,
    cache: BuildCache,
    on_report: Callable[[FunctionReport], None] | None = None,
) -> Entry:
    """The program of one arm, from the cache if it is there.

    ``options`` are those of `vectorize`; policy and CPU are replaced. Raises what compiling, vectorizing and linking
    raise; InputError if the clang arm is asked for without C.
    """
    if arm == CLANG and source.path is None:
        raise InputError("the arm 'clang' needs C, and this is LLVM IR", hint="leave it out, or give the C file")
    decider = replace(options, policy=arm, mcpu=source.mcpu)
    key = recipe_key(_recipe(source, arm, decider))
    found = cache.find(key)
    if found is not None:
        return found
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="slpvec-") as directory:
        program = Path(directory) / f"{source.name}-{arm}".replace("/", "_").replace(" ", "-")
        facts: dict[str, object] = {"arm": arm}
        files: dict[str, bytes] = {}
        if arm == CLANG:
            _build_by_clang(source, program)
        else:
            text, made = arm_module(source.text, arm, decider, source.name, on_report)
            facts |= made
            files[MODULE] = text.encode()
            build_program(text, program, codegen_arguments(source))
        files[PROGRAM] = program.read_bytes()
    facts["seconds"] = time.perf_counter() - started
    return cache.add(key, files, facts)


def arm_module(
    text: str, arm: str, options: Options, name: str, on_report: Callable[[FunctionReport], None] | None = None
) -> tuple[str, dict[str, object]]:
    """(the cleaned-up module of an arm, facts about it)."""
    if arm == SCALAR:
        return clean_up(text), {}
    if arm == LLVM:
        return slp_vectorize(text).text, {}
    result = vectorize(text, replace(options, policy=arm), filename=name, on_report=on_report)
    statuses = Counter(str(report.status) for report in result.reports)
    facts: dict[str, object] = {
        "packs": sum(report.packs for report in result.reports),
        "functions": dict(statuses),
        "left_scalar": {r.name: f"{r.status}: {r.reason}" for r in result.reports if r.status in _HALF_DONE},
    }
    return clean_up(result.text), facts


def _build_by_clang(source: Source, program: Path) -> None:
    if source.path is None:
        raise ToolError(f"{source.name} has no C file")
    object_ = program.with_suffix(".o")
    compile_to_object(source.path, object_, source.flags)
    link([object_], program)


def _recipe(source: Source, arm: str, options: Options) -> dict[str, object]:
    host = host_cpu()
    recipe: dict[str, object] = {
        "arm": arm,
        "module": text_digest(source.text),
        "mcpu": source.mcpu,
        "host": [host.triple, host.name, host.feature_string()],
        "linker": find_linker().command,
    }
    if arm == CLANG:
        # The module stands for the source and all that it includes.
        return {**recipe, "flags": source.flags, "clang": find_tool("clang").version}
    recipe |= {"passes": CLEANUP_PASSES, "level": CODEGEN_LEVEL}
    recipe |= {"opt": find_tool("opt").version, "llc": find_tool("llc").version, "llvmlite": llvm_version()}
    if arm not in (SCALAR, LLVM):
        settings = [options.functions, options.time_limit, options.solver, options.judge, options.veto]
        recipe |= {"decider": decider_version(arm), "options": settings}
    return recipe
