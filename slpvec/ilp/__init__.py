"""Oracles: integer linear programmes whose solutions are plans. PuLP is used here alone."""

from __future__ import annotations
