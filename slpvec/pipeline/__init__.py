"""The whole way through: a module's text in, the same module with proven SIMD packs out.

A policy stands for one arm or several: deciders, which make plans of a function, and LLVM's own SLP vectorizer, which
rewrites it. Each arm's rewrite of each function is verified by LLVM, proven, and judged on the cleaned-up IR; of those
that pass, the cheapest is taken. A function without one is written back as it was, and its report says why.
"""

from __future__ import annotations

from slpvec.pipeline.plans import pricer_for
from slpvec.pipeline.records import ArmOutcome, FunctionReport, Options, Result, Rewrite, Status
from slpvec.pipeline.stages import changed_functions, vectorize

__all__ = [
    "ArmOutcome",
    "FunctionReport",
    "Options",
    "Result",
    "Rewrite",
    "Status",
    "changed_functions",
    "pricer_for",
    "vectorize",
]
