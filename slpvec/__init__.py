"""slpvec: packs the scalar instructions of LLVM IR into SIMD instructions, proves it, and writes LLVM IR back."""

from __future__ import annotations

__version__ = "0.1.0"
