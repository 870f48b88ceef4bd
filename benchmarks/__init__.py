"""Benchmarks of slpvec itself: speed, memory, precision."""

from __future__ import annotations
