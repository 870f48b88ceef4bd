"""The NAS benchmarks of this project, and what compiles, builds and runs them."""

from __future__ import annotations
