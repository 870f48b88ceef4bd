"""A cursor over the tokens of one line: types, constants and operands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from slpvec.ir.lexer import END, Token, tokenize
from slpvec.ir.model import BlockRef, Const, Operand, Ref, Verbatim
from slpvec.ir.types import (
    FLOAT_BITS,
    METADATA,
    ArrayType,
    FloatType,
    FunctionType,
    IntType,
    NamedType,
    OtherType,
    PointerType,
    StructType,
    Type,
    VectorType,
)

_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_ATOMS = frozenset({"true", "false", "null", "undef", "poison", "zeroinitializer", "none"})
_OTHER_TYPES = frozenset({"void", "label", "metadata", "token", "x86_amx", "x86_mmx"})


class NotUnderstoodError(Exception):
    """The text isn't of the form that the model covers; the caller keeps it opaque."""


@lru_cache(maxsize=4096)
def _word_type(word: str) -> Type | None:
    if word[0] == "i" and word[1:].isdigit():
        return IntType(int(word[1:]))
    if word in FLOAT_BITS:
        return FloatType(word)
    return OtherType(word) if word in _OTHER_TYPES else None


def is_type_word(word: str) -> bool:
    """Whether a word starts a type."""
    return word in ("ptr", "target") or _word_type(word) is not None


class Cursor:
    """Reads one line. Every method raises NotUnderstoodError where the text has another form."""

    def __init__(self, text: str, locals_: Mapping[str, int] | None = None, start: int = 0) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.locals = locals_ or {}
        while self.at < len(self.tokens) and self.tokens[self.at].start < start:
            self.at += 1

    def peek(self, ahead: int = 0) -> Token:
        """The token ``ahead`` places on, END past the last."""
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else END

    def next(self) -> Token:
        """Takes a token."""
        token = self.peek()
        self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Takes the next token if it is ``text``."""
        if self.peek().text != text:
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        """Takes the next token, which must be ``text``."""
        if not self.accept(text):
            raise NotUnderstoodError(f"expected {text!r}")

    def done(self) -> None:
        """Nothing may be left."""
        if self.at < len(self.tokens):
            raise NotUnderstoodError("text left over")

    def words(self, known: frozenset[str]) -> list[str]:
        """Takes words as long as they are in ``known``."""
        found = []
        while self.peek().kind == "word" and self.peek().text in known:
            found.append(self.next().text)
        return found

    def integer(self) -> int:
        """Takes a decimal integer."""
        token = self.next()
        if token.kind != "number" or not token.text.lstrip("-").isdigit():
            raise NotUnderstoodError("expected an integer")
        return int(token.text)

    def balanced(self) -> str:
        """Takes a bracketed group and returns its text, brackets included."""
        first = self.next()
        if first.text not in _CLOSING:
            raise NotUnderstoodError("expected a bracket")
        stack, last = [_CLOSING[first.text]], first
        while stack:
            last = self.next()
            if last.kind == "end":
                raise NotUnderstoodError("unbalanced brackets")
            if last.kind == "punct" and last.text == stack[-1]:
                stack.pop()
            elif last.kind == "punct" and last.text in _CLOSING:
                stack.append(_CLOSING[last.text])
        return self.text[first.start : last.end]

    def type(self) -> Type:
        """Takes a type."""
        result = self._simple_type()
        while self.peek().text == "(" and self._is_function_type():
            result = self._function_type(result)
        return result

    def _simple_type(self) -> Type:
        token = self.next()
        if token.kind == "word":
            if token.text == "ptr":
                return PointerType(self._addrspace())
            if token.text == "target":
                return OtherType("target" + self.balanced())
            known = _word_type(token.text)
            if known is not None:
                return known
        elif token.kind == "local":
            return NamedType(token.text[1:])
        elif token.text in ("<", "[", "{"):
            return self._bracketed_type(token.text)
        raise NotUnderstoodError(f"expected a type, found {token.text!r}")

    def _addrspace(self) -> int:
        if not self.accept("addrspace"):
            return 0
        self.expect("(")
        space = self.integer()
        self.expect(")")
        return space

    def _bracketed_type(self, opening: str) -> Type:
        if opening == "{" or (opening == "<" and self.peek().text == "{"):
            packed = opening == "<" and self.accept("{")
            fields = []
            while not self.accept("}"):
                fields.append(self.type())
                self.accept(",")
            if packed:
                self.expect(">")
            return StructType(tuple(fields), packed)
        scalable = self.accept("vscale")
        if scalable:
            self.expect("x")
        length = self.integer()
        self.expect("x")
        element = self.type()
        self.expect(_CLOSING[opening])
        return ArrayType(length, element) if opening == "[" else VectorType(length, element, scalable)

    def _is_function_type(self) -> bool:
        """Whether the parenthesis ahead opens a parameter list of types (a call's function type)."""
        token = self.peek(1)
        if token.text in (")", "...", "ptr", "<", "[", "{"):
            return True
        return token.kind == "word" and _word_type(token.text) is not None

    def _function_type(self, result: Type) -> FunctionType:
        self.expect("(")
        parameters: list[Type] = []
        variadic = False
        while not self.accept(")"):
            if self.accept("..."):
                variadic = True
            else:
                parameters.append(self.type())
            self.accept(",")
        return FunctionType(result, tuple(parameters), variadic)

    def value(self, type_: Type) -> Operand:
        """Takes a value of a known type."""
        token = self.peek()
        if type_ == METADATA:
            return Verbatim(self._until_comma())
        if token.kind == "local":
            return self._local(self.next())
        if token.kind in ("global", "number") or token.text in _ATOMS:
            return Const(type_, self.next().text)
        if token.text in _CLOSING and token.text != "(":
            return Const(type_, self.balanced())
        if token.kind == "string":
            return Const(type_, self.next().text)
        if token.kind in ("word", "punct"):
            return Const(type_, self._expression())
        raise NotUnderstoodError(f"expected a value, found {token.text!r}")

    def _local(self, token: Token) -> Ref:
        found = self.locals.get(token.text[1:])
        if found is None:
            raise NotUnderstoodError(f"unknown value {token.text}")
        return Ref(found)

    def _expression(self) -> str:
        """A constant expression: words, perhaps a sign, then a bracketed group or one last token."""
        first = self.peek()
        while self.peek().kind == "word" or self.peek().text == "+":
            last = self.next()
            if last.text == "inrange":
                self.balanced()  # inrange(-8, 16), in front of a getelementptr's own bracket
            if self.peek().text == "(":
                start = first.start
                self.balanced()
                return self.text[start : self.tokens[self.at - 1].end]
            if self.peek().kind == "global":
                last = self.next()
                return self.text[first.start : last.end]
            if self.peek().kind != "word":
                return self.text[first.start : last.end]
        raise NotUnderstoodError("expected a constant")

    def _until_comma(self) -> str:
        """Raw text up to a comma or closing parenthesis of this level."""
        first = self.peek()
        while self.peek().kind != "end" and self.peek().text not in (",", ")"):
            if self.peek().text in _CLOSING:
                self.balanced()
            else:
                self.next()
        if self.peek() is first:
            raise NotUnderstoodError("expected metadata")
        return self.text[first.start : self.tokens[self.at - 1].end]

    def typed_value(self) -> tuple[Type, Operand]:
        """Takes a type and a value of it."""
        type_ = self.type()
        return type_, self.value(type_)

    def block(self) -> BlockRef:
        """Takes ``label %name``."""
        self.expect("label")
        token = self.next()
        if token.kind != "local":
            raise NotUnderstoodError("expected a label")
        return BlockRef(token.text[1:])
