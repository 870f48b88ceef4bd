"""A comparison as programs read it. The schema number changes whenever a field changes its meaning or goes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass

from slpvec import __version__
from slpvec.llvm.opt import CLEANUP_PASSES
from slpvec.llvm.tools import find_tool
from slpvec.report.compare import (
    LLVM,
    SCALAR,
    ArmResult,
    FunctionComparison,
    ModuleComparison,
    relative_saving,
    total,
)
from slpvec.report.compare_text import sorted_functions

JSON_SCHEMA = 1


def comparison_json(modules: Sequence[ModuleComparison], policies: Sequence[str]) -> str:
    """The whole comparison, every function in it, in the order of the table."""
    functions = sorted_functions(modules)
    document = {
        "schema": JSON_SCHEMA,
        "slpvec": __version__,
        "opt": find_tool("opt").version,
        "cleanup_passes": CLEANUP_PASSES,
        "policies": list(policies),
        "files": [_file(module, policies) for module in modules],
        "functions": [_function(function) for function in functions],
        "sum": _sums(functions, policies),
    }
    return json.dumps(document, indent=2)


def _file(module: ModuleComparison, policies: Sequence[str]) -> dict[str, object]:
    seconds = {LLVM: module.llvm_seconds, **module.arm_seconds}
    return {"file": module.file, "seconds": seconds, "sum": _sums(module.functions, policies)}


def _function(function: FunctionComparison) -> dict[str, object]:
    return {
        "file": function.file,
        "function": function.name,
        "instructions": function.instructions,
        "largest_block": function.largest_block,
        SCALAR: function.scalar,
        LLVM: function.llvm,
        "llvm_claims": function.llvm_estimate,
        "dearer_than_llvm": function.dearer,
        "arms": {policy: _arm(function, arm) for policy, arm in function.arms.items()},
        "second_opinion": {arm: {**asdict(o), "path": o.path} for arm, o in function.opinions.items()} or None,
    }


def _arm(function: FunctionComparison, arm: ArmResult) -> dict[str, object]:
    costs = function.scalar, function.llvm, arm.cost
    return {
        "cost": arm.cost,
        "ratio_to_llvm": None if None in costs else relative_saving(*[cost or 0 for cost in costs]),
        "packs": arm.packs,
        "status": str(arm.status),
        "proof": arm.proof,
        "winner": arm.winner or None,
        "reason": arm.reason,
        "planned_scalar": arm.planned_scalar,
        "planned_cost": arm.planned_cost,
        "seconds": dict(arm.seconds),
        "notes": {key: _plain(value) for key, value in arm.notes.items()},
    }


def _plain(value: object) -> object:
    """What JSON can hold: records as objects, infinities as null, anything unknown as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int | str) or value is None:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else str(value)


def _sums(functions: Sequence[FunctionComparison], policies: Sequence[str]) -> dict[str, object]:
    sums = total(functions, policies)
    scalar, llvm = sums.costs[SCALAR], sums.costs[LLVM]
    return {
        "functions": sums.functions,
        "unpriced": sums.unpriced,
        "cost": dict(sums.costs),
        "llvm_claims": sums.llvm_estimate,
        "ratio_to_llvm": {p: relative_saving(scalar, llvm, sums.costs[p]) for p in policies},
        "packs": dict(sums.packs),
        "statuses": {p: dict(by_status) for p, by_status in sums.statuses.items()},
        "dearer_than_llvm": dict(sums.dearer),
        "winners": {p: dict(won) for p, won in sums.winners.items()},
        "seconds": dict(sums.seconds),
    }
