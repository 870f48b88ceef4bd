"""How errors read, and that they survive the way between processes."""

from __future__ import annotations

import pickle

import pytest

from slpvec import errors
from slpvec.errors import InputError, InternalError, ParseError, SlpvecError, SourceSpan, ToolError


def test_headline_says_where_what_how_and_code() -> None:
    error = ParseError("expected type", hint="check it", span=SourceSpan("a.ll", 3, 7))
    assert str(error) == "a.ll:3:7: error: expected type; check it [SLPV002]"


def test_every_part_but_what_may_be_missing() -> None:
    assert str(ToolError("opt failed")) == "error: opt failed [SLPV010]"
    assert str(InputError("empty", span=SourceSpan("a.ll"))) == "a.ll: error: empty [SLPV001]"
    assert str(InputError("odd", span=SourceSpan("a.ll", 4))) == "a.ll:4: error: odd [SLPV001]"


@pytest.mark.parametrize(
    ("text", "column", "caret"), [("abc", 1, "^"), ("abc", 3, "  ^"), ("\t\tx", 3, "\t\t^"), ("ab", 5, "    ^")]
)
def test_caret_stands_under_its_column(text: str, column: int, caret: str) -> None:
    error = ParseError("bad", span=SourceSpan("f", 1, column, text))
    assert error.render() == f"f:1:{column}: error: bad [SLPV002]\n{text}\n{caret}"


def test_without_text_only_the_headline_is_rendered() -> None:
    error = ParseError("bad", span=SourceSpan("f", 1, 2))
    assert error.render() == str(error)


def test_a_code_can_be_given() -> None:
    assert str(InputError("x", code="SLPV777")).endswith("[SLPV777]")
    assert str(InputError("x")).endswith("[SLPV001]")


def test_codes_are_unique_and_well_formed() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, SlpvecError)]
    codes = [cls.code for cls in classes]
    assert len(set(codes)) == len(codes) >= 10
    assert all(code.startswith("SLPV") and code[4:].isdigit() and len(code) == 7 for code in codes)


def test_errors_can_be_sent_to_another_process() -> None:
    error = InternalError("broken", hint="report it", span=SourceSpan("f", 1, 1, "x"), code="SLPV091")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own bytes
    assert type(again) is InternalError
    assert again.render() == error.render()
