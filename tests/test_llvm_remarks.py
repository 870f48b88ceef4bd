"""Reading LLVM's optimisation remarks."""

from __future__ import annotations

import pytest

from slpvec.errors import ParseError
from slpvec.llvm.remarks import DebugLocation, Remark, RemarkKind, parse_remarks

TWO = """\
--- !Passed
Pass:            slp-vectorizer
Name:            StoresVectorized
DebugLoc:        { File: 'dir/a''s file.c', Line: 12, Column: 7 }
Function:        f
Hotness:         300
Args:
  - String:          'Stores SLP vectorized with cost '
  - Cost:            '-12'
  - String:          ' and with tree size '
  - TreeSize:        '4'
...
--- !Missed
Pass:            slp-vectorizer
Name:            NotBeneficial
Function:        'odd: name'
Args:
  - String:          "a \\"quoted\\"\\ttab \\x41\\u00e9\\\\"
  - Treshold:        '0'
  - Cost:            Invalid
    DebugLoc:        { File: b.c, Line: 0, Column: 0 }
...
"""


def test_remarks_are_read_in_full() -> None:
    passed, missed = parse_remarks(TWO)
    assert passed == Remark(
        RemarkKind.PASSED,
        "slp-vectorizer",
        "StoresVectorized",
        "f",
        DebugLocation("dir/a's file.c", 12, 7),
        (
            ("String", "Stores SLP vectorized with cost "),
            ("Cost", "-12"),
            ("String", " and with tree size "),
            ("TreeSize", "4"),
        ),
    )
    assert passed.message == "Stores SLP vectorized with cost -12 and with tree size 4"
    assert (passed.integer("Cost"), passed.integer("TreeSize"), passed.integer("Nothing")) == (-12, 4, None)
    assert (missed.kind, missed.function, missed.location) == (RemarkKind.MISSED, "odd: name", None)
    assert missed.argument("String") == 'a "quoted"\ttab Aé\\'
    assert missed.integer("Cost") is None


def test_a_location_may_break_after_the_blank_behind_a_comma() -> None:
    head = "--- !Passed\nPass:            p\nName:            n\nFunction:        f\n"
    (remark,) = parse_remarks(f"{head}DebugLoc:        {{ File: 'a/long/path.c', \n  Line: 3, Column: 10 }}\n...\n")
    assert remark.location == DebugLocation("a/long/path.c", 3, 10)


def test_values_over_several_lines_are_joined() -> None:
    text = """\
--- !Analysis
Pass:            loop-vectorize
Name:            Long
DebugLoc:        { File: a_very_long_name_that_makes_llvm_break_the_line.c, Line: 3,
                   Column: 4 }
Function:        f
Args:
  - String:          'one
    two'
  - Text:            |
      block line 1
        indented
  - String:          end
...
"""
    (remark,) = parse_remarks(text)
    assert remark.location == DebugLocation("a_very_long_name_that_makes_llvm_break_the_line.c", 3, 4)
    assert remark.arguments == (
        ("String", "one two"),
        ("Text", "block line 1\n  indented"),
        ("String", "end"),
    )


def test_a_remark_needs_no_arguments_and_a_file_no_remarks() -> None:
    (remark,) = parse_remarks("--- !Failure\nPass: p\nName: n\nFunction: f\n...\n")
    assert remark.arguments == ()
    assert parse_remarks("") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("--- !Passed\nPass: p\nName: n\n...\n", 1),
        ("--- !Passed\nPass: p\n", 1),
        ("--- !Unheard\nPass: p\nName: n\nFunction: f\n...\n", 1),
        ("\nnot a remark\n", 2),
        (TWO + "--- !Passed\n???\n...\n", 23),
        (TWO.replace("Line: 12", "Line: x"), 1),
    ],
)
def test_what_llvm_would_not_write_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError, match=rf"^r\.yaml:{line}:1: error: not a remark as LLVM writes it"):
        parse_remarks(text, "r.yaml")
