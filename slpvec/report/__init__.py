"""What people and other programs read of the results: comparisons, tables, remarks."""

from __future__ import annotations
