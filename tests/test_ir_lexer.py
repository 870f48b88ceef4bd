"""Tokens, local names, quoting."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from ir_corpus import corpus_text

from slpvec.ir.lexer import local_names, quote, tokenize, unquote
from slpvec.llvm.binding import canonicalize


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)]


def test_kinds_of_tokens() -> None:
    text = '%a = call @"b c" %"d\\22" !5 !"x" !DILocation #12 $comdat c"z\\00" "k" 0xK3FFF -1.5e+10 -7 ... |+:'
    assert kinds(text) == [
        *(("local", "%a"), ("punct", "="), ("word", "call"), ("global", '@"b c"'), ("local", '%"d\\22"')),
        *(("metadata", "!5"), ("metadata", '!"x"'), ("metadata", "!DILocation"), ("group", "#12")),
        *(("comdat", "$comdat"), ("string", 'c"z\\00"'), ("string", '"k"'), ("number", "0xK3FFF")),
        *(("number", "-1.5e+10"), ("number", "-7"), ("punct", "..."), ("punct", "|"), ("punct", "+"), ("punct", ":")),
    ]


def test_unknown_characters_are_tokens_too() -> None:
    assert kinds("a ? b") == [("word", "a"), ("bad", "?"), ("word", "b")]


def test_tokens_cover_a_text_but_for_blanks() -> None:
    for name in ("calls.ll", "control.ll", "memory.ll", "vectors.ll"):
        for line in corpus_text(name).splitlines():
            body = line.partition(" ; ")[0]
            assert "".join(token.text for token in tokenize(body)) == re.sub(
                r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", body
            )
            assert all(body[token.start : token.end] == token.text for token in tokenize(body))


def test_local_names_leave_strings_alone() -> None:
    text = 'call void asm "mov %eax, %x", "r"(i32 %a, ptr %"b %c"), %-d$.1 @"e %f" c"%g"'
    assert local_names(text) == ["a", '"b %c"', "-d$.1"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12))
def test_quoting_is_llvms(name: str) -> None:
    assert unquote(quote(name)) == name
    if not name.startswith("llvm."):
        text = f"@{quote(name)} = global i32 0"
        assert canonicalize(text).strip() == text


def test_names_that_need_no_quotes() -> None:
    assert [quote(name) for name in ("a", "_Z1fv", "-x.y$", "1a", "", "a b", 'q"\\', "é")] == [
        *("a", "_Z1fv", "-x.y$", '"1a"', '""', '"a b"', '"q\\22\\\\"', '"\\C3\\A9"'),
    ]
    assert unquote("plain") == "plain" and unquote('"a b"') == "a b" and unquote('"\\5C\\22"') == '\\"'
