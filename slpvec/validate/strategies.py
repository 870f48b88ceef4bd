"""Hypothesis strategies over generated IR, for tests of slpvec and of other people's deciders.

Import it only in tests: hypothesis is no dependency of the package.

    @given(modules(lanes=(2, 4)))
    def test_my_decider(text: str) -> None: ...
"""

from __future__ import annotations

from hypothesis import strategies as st

from slpvec.validate.generate import Knobs, generate_function

_TYPE_SETS = (
    ("double",),
    ("float", "double"),
    ("i32",),
    ("i64", "i32"),
    ("i8", "i16", "i32"),
    ("ptr", "i64"),
    ("double", "float", "i64", "i32", "i16", "i8", "ptr"),
)


def knobs(
    *,
    lanes: tuple[int, ...] | None = None,
    shapes: tuple[str, ...] | None = None,
    fast_math: bool = False,
    poison: bool = False,
) -> st.SearchStrategy[Knobs]:
    """Settings of the generator. What is given is fixed, the rest is drawn, simplest first."""
    share = st.sampled_from((0.0, 0.25, 1.0))
    return st.builds(
        Knobs,
        pointers=st.integers(1, 4),
        noalias=st.sampled_from((1.0, 0.5, 0.0)),
        lanes=st.just(lanes) if lanes else st.sampled_from(((2,), (4,), (2, 3, 4), (4, 5, 8), (8,))),
        types=st.sampled_from(_TYPE_SETS),
        shapes=st.just(shapes) if shapes else st.sampled_from((("straight",), ("straight", "diamond", "loop"))),
        depth=st.integers(1, 4),
        mixed_types=st.booleans(),
        irregular=share,
        fast_math=share if fast_math else st.just(0.0),
        poison=st.booleans() if poison else st.just(False),
        volatile=st.sampled_from((0.0, 0.05)),
        calls=st.sampled_from((0.0, 0.2)),
        unaligned=share,
        bare=share,
    )


@st.composite
def modules(
    draw: st.DrawFn,
    *,
    min_size: int = 4,
    max_size: int = 80,
    lanes: tuple[int, ...] | None = None,
    shapes: tuple[str, ...] | None = None,
    fast_math: bool = False,
    poison: bool = False,
) -> str:
    """Canonical modules with one function `generate.FUNCTION_NAME` each, of about so many instructions."""
    settings = draw(knobs(lanes=lanes, shapes=shapes, fast_math=fast_math, poison=poison))
    return generate_function(draw(st.integers(0, 2**32 - 1)), draw(st.integers(min_size, max_size)), settings)
