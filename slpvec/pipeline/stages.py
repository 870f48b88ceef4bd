"""A module through all stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from slpvec.codegen.lanes import taken_apart
from slpvec.codegen.narrow import narrowed
from slpvec.codegen.redundant import without_redundant_loads
from slpvec.cost.support import require_prices
from slpvec.cost.tti import Target
from slpvec.errors import InputError, SlpvecError, SourceSpan
from slpvec.ir.model import Module
from slpvec.ir.parser import parse_module
from slpvec.ir.printer import print_function, print_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.tools import find_tool, have_tool
from slpvec.pipeline.own import llvm_rewrites, run_llvm
from slpvec.pipeline.plans import blank_report, decide_all, pricer_for, reason_to_skip
from slpvec.pipeline.records import FunctionReport, Options, Result, Rewrite, Status
from slpvec.pipeline.splice import assembled
from slpvec.pipeline.trial import Court, cheapest, combined_report
from slpvec.policy import FROM_GREEDY, FROM_LLVM, LLVM, arms_of

_FALLBACK = "greedy"
"""The decider whose plans are tried where nothing that another made was proven: they are made in milliseconds."""
_REFUSED = (Status.ILLEGAL, Status.UNPROVEN)


def vectorize(
    text: str,
    options: Options | None = None,
    *,
    filename: str = "<module>",
    on_report: Callable[[FunctionReport], None] | None = None,
) -> Result:
    """Vectorizes a module of LLVM IR text.

    ``on_report`` hears of every function as it is decided. Raises InputError for what isn't valid IR and for an
    unknown policy, function or CPU, what `require_prices` raises where the target has no prices, and MissingToolError
    where the policy needs `opt` and there is none.
    """
    options = options or Options()
    canonical = canonicalize(text, filename)
    module = parse_module(canonical, filename)
    arms = _arms(options)
    _check_request(module, arms, options)
    reports: dict[str, FunctionReport] = {}
    for function in module.functions:
        reason = reason_to_skip(function, options)
        if reason:
            report = replace(blank_report(function), status=Status.SKIPPED, reason=reason)
            _tell(on_report, reports, report)
    asked = [function.name for function in module.functions if function.name not in reports]
    found: dict[str, list[Rewrite]] = {}
    court = Court(module, options)
    # While functions are decided on, LLVM cleans up the original, which every rewrite is compared with.
    with court if asked and set(arms) - {"none"} else nullcontext():
        for name, rewrites in _rewrites(canonical, module, asked, arms, options):
            found[name] = rewrites
            _tell(on_report, reports, cheapest(rewrites).report)
        tried = _tried(court, found, arms)
        refused = [name for name, rewrites in tried.items() if cheapest(rewrites).report.status in _REFUSED]
        if refused and _FALLBACK not in arms and set(arms) - {LLVM}:
            instead = dict(_rewrites(canonical, module, refused, [_FALLBACK], options))
            for name, rewrites in _tried(court, instead, [_FALLBACK]).items():
                tried[name] += rewrites
    accepted = {}
    for name, rewrites in tried.items():
        chosen = cheapest(rewrites)
        reports[name] = combined_report(rewrites, chosen, options.policy)
        if chosen.report.status is Status.VECTORIZED:
            accepted[name] = chosen
    output = canonicalize(assembled(module, accepted)) if accepted else canonical
    return Result(output, tuple(reports[function.name] for function in module.functions))


def _arms(options: Options) -> tuple[str, ...]:
    """The policy's arms. Deciders that start from greedy's plan are backed by it: it is never cheaper before LLVM's
    clean-up, but may be after it. What a veto may leave is backed by odd widths, too.
    """
    arms = arms_of(options.policy)
    if options.veto and set(arms) - {LLVM, "none"}:
        return tuple(dict.fromkeys((*arms, "greedy", "odd")))
    return tuple(dict.fromkeys((*arms, "greedy"))) if set(arms) & set(FROM_GREEDY) else arms


def _tell(
    on_report: Callable[[FunctionReport], None] | None, reports: dict[str, FunctionReport], report: FunctionReport
) -> None:
    reports[report.name] = report
    if on_report is not None:
        on_report(report)


def _check_request(module: Module, arms: Sequence[str], options: Options) -> None:
    defined = {function.name: function for function in module.functions}
    for name in options.functions:
        if name not in defined:
            where = SourceSpan(module.info.filename)
            if name in module.info.declarations:
                raise InputError(f"function '{name}' is only declared, it has no body here", span=where)
            import difflib

            close = difflib.get_close_matches(name, defined, 1)
            hint = f"did you mean '{close[0]}'?" if close else None
            raise InputError(f"there is no function '{name}'", hint=hint, span=where)
    asked = [defined[name] for name in options.functions or defined]
    for target in dict.fromkeys(Target.of(function, options.mcpu) for function in asked):
        try:
            require_prices(target, options.mcpu is not None)
        except SlpvecError as error:
            error.span = SourceSpan(module.info.filename)
            raise
    for tool in _tools(arms, options):
        find_tool(tool)


def _tools(arms: Sequence[str], options: Options) -> tuple[str, ...]:
    """Tools without which nothing is begun."""
    if options.veto:
        return ("opt", "llc", "llvm-mca")
    return ("opt",) if LLVM in arms else ()


def _rewrites(
    text: str, module: Module, names: Sequence[str], arms: Sequence[str], options: Options
) -> Iterator[tuple[str, list[Rewrite]]]:
    """Yields each function's rewrites, one an arm, in the order of ``arms``."""
    deciders = [arm for arm in arms if arm != LLVM]
    asked = LLVM in arms or (set(deciders) & set(FROM_LLVM) and have_tool("opt"))
    result = run_llvm(text, module, options) if names and asked else None
    theirs = llvm_rewrites(text, module, names, result, options) if result is not None and LLVM in arms else {}
    vectorized = "" if result is None else result.text
    if not deciders:
        yield from ((name, [theirs[name]]) for name in names)
        return
    leaner = without_redundant_loads(module)
    text = text if leaner is module else print_module(leaner)
    others: dict[str, list[Rewrite]] = {name: [] for name in names}
    for variant in (narrowed(leaner), taken_apart(leaner)):
        changed = [name for name in names if _differs(variant, leaner, name)]
        again = print_module(variant) if changed else ""
        for name, own in zip(changed, decide_all(again, variant, changed, deciders, options, vectorized), strict=True):
            others[name] += [_of_original(rewrite, module, variant, options) for rewrite in own]
    for name, own in zip(names, decide_all(text, leaner, names, deciders, options, vectorized), strict=True):
        by_arm = {rewrite.arm: _of_original(rewrite, module, leaner, options) for rewrite in own}
        for other in others[name]:
            if other.text is not None and other.report.cost < by_arm[other.arm].report.cost:
                by_arm[other.arm] = other
        yield name, [by_arm[arm] if arm in by_arm else theirs[name] for arm in arms]


def _differs(variant: Module, module: Module, name: str) -> bool:
    """Whether a function was written otherwise in the variant."""
    one, other = variant.function(name), module.function(name)
    return one is not other and print_function(one) != print_function(other)


def _of_original(rewrite: Rewrite, module: Module, leaner: Module, options: Options) -> Rewrite:
    """The rewrite with its report about the function as it came, redundant loads included."""
    before, decided = module.function(rewrite.report.name), leaner.function(rewrite.report.name)
    if print_function(before) == print_function(decided):
        return rewrite
    scalar = sum(price or 0 for price in pricer_for(Target.of(before, options.mcpu)).price(before))
    blank = blank_report(before)
    report = replace(rewrite.report, scalar=scalar, instructions=blank.instructions, largest_block=blank.largest_block)
    if rewrite.text is None:
        report = replace(report, cost=scalar)
    return replace(rewrite, report=report)


def _tried(court: Court, found: Mapping[str, Sequence[Rewrite]], arms: Sequence[str]) -> dict[str, list[Rewrite]]:
    """All rewrites by function, in the order of ``arms``, with what came of them."""
    result: dict[str, list[Rewrite]] = {name: [] for name in found}
    for tried in court.all_tried([{name: rows[number] for name, rows in found.items()} for number in range(len(arms))]):
        for name, rewrite in tried.items():
            result[name].append(rewrite)
    return result


def changed_functions(reports: Sequence[FunctionReport]) -> list[str]:
    """Names of the functions that were rewritten."""
    return [report.name for report in reports if report.status is Status.VECTORIZED]
