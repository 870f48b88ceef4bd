"""All that talks to LLVM: llvmlite in the process, outside it opt, llc, llvm-mca and clang.

`binding` and `jit` use llvmlite; `files` reads and writes modules; `tools`, `opt` and `clang` run external
programs; `remarks` reads what LLVM says of its own passes. Nothing outside this package imports llvmlite.
"""

from __future__ import annotations

LLVM_MAJOR = 22
"""The one LLVM version that IR text, cost tables and external tools have to agree on."""
