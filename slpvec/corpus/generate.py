"""Programs in C in the style of real numeric, media, geometry and cipher code, from a seed.

`slpvec.validate.generate` writes random IR to find bugs; this writes code as people do, to learn from: small matrices
and tuples of structs, butterflies, filters, pixels, rounds of additions and rotations, and groups of statements alike
but for an operand here and there. The same seed gives the same text for ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from slpvec.corpus.generate_groups import statement_group
from slpvec.corpus.generate_integers import INTEGER_TEMPLATES
from slpvec.corpus.generate_reals import REAL_TEMPLATES

Template = Callable[[random.Random, str], str]
"""Writes one C function of a given name."""

TEMPLATES: tuple[Template, ...] = (*REAL_TEMPLATES, *INTEGER_TEMPLATES)
_FUNCTIONS = 8
_GROUP_SHARE = 0.4
_HEAD = "#include <math.h>\n#include <stdint.h>\n"


def program(seed: int, number: int) -> str:
    """The C source of one program: eight functions that depend on the seed and the number alone."""
    rng = random.Random(f"slpvec program {seed} {number}")
    parts = [_HEAD]
    for index in range(_FUNCTIONS):
        template = statement_group if rng.random() < _GROUP_SHARE else rng.choice(TEMPLATES)
        parts.append(template(rng, f"kernel_{number}_{index}"))
    return "\n".join(parts)


def write_programs(folder: Path, seed: int, count: int) -> None:
    """Writes `count` programs into a folder, and removes other programs from it."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"program_{number:04}.c": number for number in range(count)}
    for path in folder.glob("program_*.c"):
        if path.name not in names:
            path.unlink()
    for name, number in names.items():
        text = program(seed, number)
        path = folder / name
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
