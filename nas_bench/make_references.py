"""Write common/nas_references.h, the C form of the class parameters and reference results in verification.json.

Numbers are copied digit by digit, never through a binary float, so header and JSON cannot drift apart by rounding.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "verification.json"
HEADER = HERE / "common" / "nas_references.h"
CLASSES = ("S", "W", "A", "B")

PREAMBLE = """\
/* Class parameters and reference results of the benchmarks.
   Written by make_references.py from verification.json: do not edit. */
#ifndef NAS_REFERENCES_H
#define NAS_REFERENCES_H
"""


class Number(str):
    """A JSON number kept as the characters it was written with."""

    __slots__ = ()


def initializer(value: object) -> str:
    """The C initializer of a number or of a (nested) list of numbers."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        inner = ", ".join(initializer(item) for item in value)
        return "{" + inner + "}"
    raise TypeError(f"no C initializer for {value!r}")


def define(name: str, value: object) -> Iterator[str]:
    """The #define of one value; a list gets one element a line."""
    if not isinstance(value, list):
        yield f"#define {name} {initializer(value)}"
        return
    yield f"#define {name} {{ \\"
    for item in value:
        yield f"    {initializer(item)}, \\"
    yield "}"


def header_text(source: Path = SOURCE) -> str:
    """The whole header made from `source`, as it must stand in the repository."""
    data = json.loads(source.read_text(encoding="utf-8"), parse_float=Number, parse_int=Number)
    lines = [PREAMBLE, f"#define RNG_MULTIPLIER {data['rng']['multiplier']}", ""]
    for key, value in data["cfd_model"].items():
        lines += define(f"CFD_{key.upper()}", value)
    lines.append("")
    for bench, entry in data["benchmarks"].items():
        if "tolerance" in entry:
            lines += define(f"{bench}_TOLERANCE", entry["tolerance"])
    for position, letter in enumerate(CLASSES):
        lines += ["", f"#{'el' if position else ''}if defined CLASS_{letter}"]
        for bench, entry in data["benchmarks"].items():
            lines.append("")
            for key, value in entry["classes"][letter]["params"].items():
                lines += define(f"{bench}_{key.upper()}", value)
            for key, value in entry["classes"][letter]["reference"].items():
                lines += define(f"{bench}_REF_{key.upper()}", value)
    lines += ["", "#endif", "", "#endif"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the header, or with --check say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the header is out of date")
    if parser.parse_args().check:
        current = HEADER.read_text(encoding="utf-8") == header_text()
        print(f"{HEADER.name}: {'up to date' if current else 'out of date, run make_references.py'}")
        return 0 if current else 1
    HEADER.write_text(header_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
