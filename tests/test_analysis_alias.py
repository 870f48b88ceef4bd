"""Which rules keep which accesses apart, and which must not."""

from __future__ import annotations

import pytest
from analysis_cases import function, last_two_apart, touching

from slpvec.analysis.alias import AliasAnalysis
from slpvec.ir import Call


def at(name: str, base: str, index: str, flags: str = "inbounds", type_: str = "double") -> str:
    """A getelementptr line."""
    return f"%{name} = getelementptr {flags} {type_}, ptr {base}, {index}\n"


LOAD_S = "%l = load double, ptr %s, align 8\n"
STORE_T = "store double %x, ptr %t, align 8\n"
ENDING = LOAD_S + STORE_T + "ret void"

LOOP = """br label %loop
loop:
%k = phi i64 [ START, %0 ], [ %next, %loop ]
BODY
%next = add FLAGS i64 %k, STEP
%done = icmp TEST
br i1 %done, label %end, label %loop
end:
ret void"""


def loop(body: str, start: str = "0", flags: str = "nuw nsw", step: str = "1", test: str = "eq i64 %next, %n") -> str:
    """A loop over %k; its accesses are the last two."""
    text = LOOP.replace("START", start).replace("BODY", body).replace("FLAGS", flags)
    return text.replace("STEP", step).replace("TEST", test)


def rows(flags: str, width: str) -> str:
    """Two elements of one column, in the rows %n and %n + 1 of a matrix."""
    lines = "%few = and i64 %m, 255\n%w = add nuw nsw i64 %few, 1\n%next = add nuw nsw i64 %n, 1\n"
    lines += f"%low = mul {flags} i64 {width}, %n\n%high = mul {flags} i64 %next, {width}\n"
    return lines + at("s", "%p", "i64 %low") + at("t", "%p", "i64 %high") + ENDING


ADDRESSES = {
    "rows as far apart as an unknown width": (True, rows("nuw nsw", "%w")),
    "rows of a width that may be 0": (False, rows("nuw nsw", "%m")),
    "rows that may wrap": (False, rows("", "%w")),
    "rows whose products wrap as signed numbers": (False, rows("nuw", "%w")),
    "rows of unknown numbers": (
        False,
        rows("nuw nsw", "%w").replace("%next = add nuw nsw i64 %n, 1", "%next = add i64 %m, 1"),
    ),
    "neighbours": (True, at("s", "%p", "i64 %n") + at("t", "%s", "i64 1") + ENDING),
    "half an element on": (False, at("s", "%p", "i64 %n") + at("t", "%s", "i64 4", type_="i8") + ENDING),
    "index plus one, no wrap": (
        True,
        "%a = add nsw i32 %i, 1\n%e = sext i32 %a to i64\n%d = sext i32 %i to i64\n"
        + at("s", "%p", "i64 %d")
        + at("t", "%p", "i64 %e")
        + ENDING,
    ),
    "index plus one, may wrap": (
        False,
        "%a = add i32 %i, 1\n%e = sext i32 %a to i64\n%d = sext i32 %i to i64\n"
        + at("s", "%p", "i64 %d", "")
        + at("t", "%p", "i64 %e", "")
        + ENDING,
    ),
    "zero extension is no sign extension": (
        False,
        "%a = zext i32 %i to i64\n%e = sext i32 %i to i64\n%d = add i64 %e, 1\n"
        + at("s", "%p", "i64 %a", "")
        + at("t", "%p", "i64 %d", "")
        + ENDING,
    ),
    "zext nneg is": (
        True,
        "%a = zext nneg i32 %i to i64\n%e = sext i32 %i to i64\n%d = add i64 %e, 1\n"
        + at("s", "%p", "i64 %a", "")
        + at("t", "%p", "i64 %d", "")
        + ENDING,
    ),
    "rows of 40 bytes, no wrap": (
        True,
        at("s", "%p", "i64 %n, i64 0", type_="[5 x double]")
        + at("t", "%p", "i64 %m, i64 3", type_="[5 x double]")
        + ENDING,
    ),
    "rows of 40 bytes, may wrap": (
        False,
        at("s", "%p", "i64 %n, i64 0", "", "[5 x double]")
        + at("t", "%p", "i64 %m, i64 3", "", "[5 x double]")
        + ENDING,
    ),
    "rows of 40 bytes, one may wrap": (
        False,
        at("s", "%p", "i64 %n, i64 0", "", "[5 x double]")
        + at("t", "%p", "i64 %m, i64 3", type_="[5 x double]")
        + ENDING,
    ),
    "rows of 32 bytes, may wrap": (
        True,
        at("s", "%p", "i64 %n, i64 0", "", "[4 x double]")
        + at("t", "%p", "i64 %m, i64 3", "", "[4 x double]")
        + ENDING,
    ),
    "the product may wrap before": (
        False,
        "%a = mul i64 %n, 5\n%d = mul i64 %m, 5\n%e = add nsw i64 %d, 3\n"
        + at("s", "%p", "i64 %a")
        + at("t", "%p", "i64 %e")
        + ENDING,
    ),
    "the product does not wrap": (
        True,
        "%a = mul nsw i64 %n, 5\n%d = mul nsw i64 %m, 5\n%e = add nsw i64 %d, 3\n"
        + at("s", "%p", "i64 %a")
        + at("t", "%p", "i64 %e")
        + ENDING,
    ),
    "reaches over the end of a row": (
        False,
        at("s", "%p", "i64 %n, i64 0", type_="[8 x i16]")
        + at("t", "%p", "i64 %m, i64 6", type_="[8 x i16]")
        + "%l = load i16, ptr %s\nstore <4 x i16> zeroinitializer, ptr %t\nret void",
    ),
    "two multiples of a mask": (
        True,
        "%a = and i64 %n, -2\n%d = and i64 %m, -2\n%e = or i64 %d, 1\n"
        + at("s", "%p", "i64 %a")
        + at("t", "%p", "i64 %e")
        + ENDING,
    ),
    "a doubled counter, products of it and of its neighbours": (
        True,
        loop(
            "%e = or disjoint i64 %k, 1\n%d = or disjoint i64 %k, 2\n"
            "%s0 = mul nsw i64 %k, %d\n%t0 = mul nsw i64 %e, %d\n"
            + at("s", "%p", "i64 %s0")
            + at("t", "%p", "i64 %t0")
            + ENDING.removesuffix("ret void"),
            start="4",
            step="%k",
            test="ugt i64 %next, %n",
        ),
    ),
    "a doubled counter that begins at one": (
        False,
        loop(
            "%e = or i64 %k, 1\n%d = or i64 %k, 2\n%s0 = mul nsw i64 %k, %d\n%t0 = mul nsw i64 %e, %d\n"
            + at("s", "%p", "i64 %s0")
            + at("t", "%p", "i64 %t0")
            + ENDING.removesuffix("ret void"),
            start="1",
            step="%k",
            test="ugt i64 %next, %n",
        ),
    ),
    "bounded by a mask": (
        True,
        "%a = and i64 %n, 7\n" + at("s", "%p", "i64 %a") + at("t", "%p", "i64 8") + ENDING,
    ),
    "not bounded enough": (
        False,
        "%a = and i64 %n, 15\n" + at("s", "%p", "i64 %a") + at("t", "%p", "i64 8") + ENDING,
    ),
    "bounded by range metadata": (
        True,
        "%a = load i64, ptr %o, !range !31\n" + at("s", "%p", "i64 %a") + at("t", "%p", "i64 8") + ENDING,
    ),
    "a complement, zero extended": (
        False,
        "%a = xor i8 %b, -1\n%e = zext i8 %a to i64\n%d = zext i8 %b to i64\n%w = sub i64 0, %d\n%z = add i64 %w, 255\n"
        + at("s", "%p", "i64 %e")
        + at("t", "%p", "i64 %z")
        + ENDING,
    ),
    "fields of a structure": (
        True,
        at("s", "%p", "i64 %n, i32 1", type_="{ i32, double, [3 x double] }")
        + at("t", "%p", "i64 %m, i32 2, i64 2", type_="{ i32, double, [3 x double] }")
        + ENDING,
    ),
    "constant expressions": (
        True,
        (
            "%l = load double, ptr getelementptr inbounds (i8, ptr @g, i64 24)\n"
            "store double %x, ptr getelementptr inbounds ([64 x double], ptr @g, i64 0, i64 4)\nret void"
        ),
    ),
    "the same constant expression": (
        False,
        (
            "%l = load double, ptr getelementptr inbounds (i8, ptr @g, i64 32)\n"
            "store double %x, ptr getelementptr inbounds ([64 x double], ptr @g, i64 0, i64 4)\nret void"
        ),
    ),
    "loop variable from 1 on": (
        True,
        loop(at("s", "%p", "i64 %k") + at("t", "%p", "i64 0", "") + LOAD_S + STORE_T, "1"),
    ),
    "loop variable that may wrap": (
        False,
        loop(at("s", "%p", "i64 %k", "") + at("t", "%p", "i64 0") + LOAD_S + STORE_T, "1", ""),
    ),
    "loop variable below its limit": (
        True,
        loop(at("s", "%p", "i64 %k") + at("t", "%p", "i64 20") + LOAD_S + STORE_T, test="eq i64 %next, 20", flags=""),
    ),
    "loop variable that jumps over its limit": (
        False,
        loop(at("s", "%p", "i64 %k") + at("t", "%p", "i64 21") + LOAD_S + STORE_T, step="3", test="eq i64 %next, 20"),
    ),
    "loop variable that meets its limit": (
        False,
        loop(at("s", "%p", "i64 %k") + at("t", "%p", "i64 20") + LOAD_S + STORE_T, test="eq i64 %k, 20"),
    ),
    "loop variable that wraps past its limit": (
        False,
        loop(
            at("s", "%p", "i64 %k") + at("t", "%p", "i64 120") + LOAD_S + STORE_T,
            step="9223372036854775807",
            flags="",
            test="sgt i64 %k, 100",
        ),
    ),
    "odd and even steps": (
        True,
        loop(
            "%j2 = phi i64 [ 1, %0 ], [ %n2, %loop ]\n%n2 = add nuw nsw i64 %j2, 4\n".replace("%j2", "%w")
            + at("s", "%p", "i64 %k")
            + at("t", "%p", "i64 %w")
            + LOAD_S
            + STORE_T,
            step="2",
        ),
    ),
    "variables that advance together": (
        True,
        loop(
            "%w = phi i64 [ 1, %0 ], [ %n2, %loop ]\n%n2 = add nuw nsw i64 %w, 3\n"
            + at("s", "%p", "i64 %k")
            + at("t", "%p", "i64 %w")
            + LOAD_S
            + STORE_T,
            step="3",
            start="5",
        ),
    ),
    "variables that advance together until one wraps": (
        False,
        loop(
            "%w = phi i64 [ 1, %0 ], [ %n2, %loop ]\n%n2 = add i64 %w, 6148914691236517205\n"
            + at("s", "%p", "i64 %k", "")
            + at("t", "%p", "i64 %w", "")
            + LOAD_S
            + STORE_T,
            step="6148914691236517205",
            flags="",
            start="5",
        ).replace("i64 5,", "i64 6148914691236517206,"),
    ),
}

OBJECTS = {
    "arguments": (False, "%l = load double, ptr %p\nstore double %x, ptr %o\nret void"),
    "noalias argument": (True, "%l = load double, ptr %p\nstore double %x, ptr %q\nret void"),
    "noalias arguments": (True, "%l = load double, ptr %q\nstore double %x, ptr %r\nret void"),
    "byval argument": (True, "%l = load double, ptr %p\nstore double %x, ptr %v\nret void"),
    "globals": (True, "%l = load double, ptr @g\nstore double %x, ptr @external\nret void"),
    "global and argument": (False, "%l = load double, ptr @g\nstore double %x, ptr %p\nret void"),
    "global and its alias": (False, "%l = load double, ptr @g\nstore double %x, ptr @other\nret void"),
    "global and an alias with an odd name": (
        False,
        '%l = load double, ptr @g\nstore double %x, ptr @"odd\\22one"\nret void',
    ),
    "global and a replaceable alias": (False, "%l = load double, ptr @g\nstore double %x, ptr @loose\nret void"),
    "alias and noalias argument": (True, "%l = load double, ptr @other\nstore double %x, ptr %q\nret void"),
    "constant": (True, "%l = load double, ptr @k\nstore double %x, ptr %p\nret void"),
    "constant and a call": (True, "%l = load double, ptr @k\ncall void @unknown()\nret void"),
    "alloca and argument": (True, "%s = alloca double\n%l = load double, ptr %p\nstore double %x, ptr %s\nret void"),
    "allocas": (
        True,
        "%s = alloca double\n%t = alloca double\nstore ptr %s, ptr %p\nstore ptr %t, ptr %p\n" + ENDING,
    ),
    "alloca and what a loaded pointer points to": (
        True,
        "%s = alloca double\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "stored alloca and what a loaded pointer points to": (
        False,
        "%s = alloca double\nstore ptr %s, ptr %o\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "part of an alloca stored": (
        False,
        "%s = alloca [4 x double]\n%u = getelementptr i8, ptr %s, i64 8\n%w = select i1 %c, ptr %u, ptr %p\n"
        "store ptr %w, ptr %o\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "part of an alloca not stored": (
        True,
        "%s = alloca [4 x double]\n%u = getelementptr i8, ptr %s, i64 8\n%w = select i1 %c, ptr %u, ptr %p\n"
        "store double %x, ptr %w\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "alloca passed on": (False, "%s = alloca double\ncall void @keeps(ptr %s)\n%t = load ptr, ptr %p\n" + ENDING),
    "alloca passed on, not kept": (
        True,
        "%s = alloca double\ncall void @looks(ptr %s)\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "alloca turned into a number": (
        False,
        "%s = alloca double\n%a = ptrtoint ptr %s to i64\n%d = add i64 %a, %n\n%t = inttoptr i64 %d to ptr\n" + ENDING,
    ),
    "alloca compared with a pointer": (
        False,
        "%s = alloca double\n%t = load ptr, ptr %p\n%y = icmp eq ptr %s, %t\n" + ENDING,
    ),
    "alloca compared with null": (
        True,
        "%s = alloca double\n%t = load ptr, ptr %p\n%y = icmp eq ptr %s, null\n" + ENDING,
    ),
    "noalias argument and loaded pointer": (
        True,
        "%s = load ptr, ptr %p\n%l = load double, ptr %s\nstore double %x, ptr %q\nret void",
    ),
    "stored noalias argument and loaded pointer": (
        False,
        "store ptr %q, ptr %o\n%s = load ptr, ptr %p\n%l = load double, ptr %s\nstore double %x, ptr %q\nret void",
    ),
    "returned by a call": (
        False,
        "%s = call ptr @same(ptr %q)\n%l = load double, ptr %s\nstore double %x, ptr %q\nret void",
    ),
    "new memory": (True, "%s = call ptr @malloc(i64 64)\n%l = load double, ptr %s\nstore double %x, ptr %p\nret void"),
    "new memory of a function defined here": (
        True,
        "%s = call ptr @made(i64 64)\n%l = load double, ptr %s\nstore double %x, ptr %p\nret void",
    ),
    "alloca passed to a function defined here": (
        True,
        "%s = alloca double\ncall void @inner(ptr %s)\n%t = load ptr, ptr %p\n" + ENDING,
    ),
    "new memory twice": (
        True,
        "%s = call ptr @malloc(i64 64)\n%t = call ptr @malloc(i64 64)\n" + ENDING,
    ),
    "new memory and the result of a call": (
        True,
        "%s = call ptr @malloc(i64 64)\n%t = call ptr @finds()\n" + ENDING,
    ),
    "published new memory and the result of a call": (
        False,
        "%s = call ptr @malloc(i64 64)\nstore ptr %s, ptr @g\n%t = call ptr @finds()\n" + ENDING,
    ),
    "select of other objects": (
        True,
        "%s = select i1 %c, ptr %q, ptr @g\n%l = load double, ptr %s\nstore double %x, ptr %r\nret void",
    ),
    "select of the same object": (
        False,
        "%s = select i1 %c, ptr %q, ptr @g\n%l = load double, ptr %s\nstore double %x, ptr %q\nret void",
    ),
    "select or null": (
        True,
        "%s = select i1 %c, ptr %q, ptr null\n%l = load double, ptr %s\nstore double %x, ptr %p\nret void",
    ),
    "opposite selects": (
        True,
        "%s = select i1 %c, ptr %q, ptr %r\n%t = select i1 %c, ptr %r, ptr %q\n" + ENDING,
    ),
    "selects on other conditions": (
        False,
        "%d = icmp eq i64 %n, 0\n%s = select i1 %c, ptr %q, ptr %r\n%t = select i1 %d, ptr %r, ptr %q\n" + ENDING,
    ),
    "swapped in a loop": (
        True,
        loop("%s = phi ptr [ %q, %0 ], [ %t, %loop ]\n%t = phi ptr [ %r, %0 ], [ %s, %loop ]\n" + LOAD_S + STORE_T),
    ),
    "swapped in a loop, one start": (
        False,
        loop("%s = phi ptr [ %q, %0 ], [ %t, %loop ]\n%t = phi ptr [ %q, %0 ], [ %s, %loop ]\n" + LOAD_S + STORE_T),
    ),
    "shifted in a loop": (
        False,
        loop("%s = phi ptr [ %q, %0 ], [ %t, %loop ]\n%t = phi ptr [ %r, %0 ], [ %r, %loop ]\n" + LOAD_S + STORE_T),
    ),
    "side by side in a loop": (
        True,
        loop(
            "%s = phi ptr [ %p, %0 ], [ %u, %loop ]\n%t = phi ptr [ %w, %0 ], [ %y, %loop ]\n"
            "%u = getelementptr i8, ptr %s, i64 16\n%y = getelementptr i8, ptr %t, i64 16\n" + LOAD_S + STORE_T
        ).replace("br label %loop", "%w = getelementptr i8, ptr %p, i64 8\nbr label %loop", 1),
    ),
    "side by side in a loop, too close": (
        False,
        loop(
            "%s = phi ptr [ %p, %0 ], [ %u, %loop ]\n%t = phi ptr [ %w, %0 ], [ %y, %loop ]\n"
            "%u = getelementptr i8, ptr %s, i64 16\n%y = getelementptr i8, ptr %t, i64 16\n" + LOAD_S + STORE_T
        ).replace("br label %loop", "%w = getelementptr i8, ptr %p, i64 4\nbr label %loop", 1),
    ),
    "one overtakes the other in a loop": (
        False,
        loop(
            "%s = phi ptr [ %p, %0 ], [ %u, %loop ]\n%t = phi ptr [ %w, %0 ], [ %y, %loop ]\n"
            "%u = getelementptr i8, ptr %s, i64 16\n%y = getelementptr i8, ptr %t, i64 8\n" + LOAD_S + STORE_T
        ).replace("br label %loop", "%w = getelementptr i8, ptr %p, i64 8\nbr label %loop", 1),
    ),
    "constant place below a bounded index": (
        True,
        "%a = and i64 %n, 7\n"
        + at("s", "%p", "i64 %a, i64 1", type_="[2 x double]")
        + at("t", "%p", "i64 0", "")
        + ENDING,
    ),
    "constant place before the base, which may wrap": (
        False,
        loop(at("s", "%p", "i64 %k") + at("t", "%p", "i64 -2", "") + LOAD_S + STORE_T),
    ),
    "pointer walks in a loop": (
        True,
        loop(
            "%s = phi ptr [ %q, %0 ], [ %u, %loop ]\n%u = getelementptr inbounds i8, ptr %s, i64 8\n"
            "%l = load double, ptr %s\nstore double %x, ptr %r\n"
        ),
    ),
}

METADATA = {
    "types": (True, "%l = load double, ptr %p, !tbaa !0\nstore i32 %i, ptr %o, !tbaa !2\nret void"),
    "char": (False, "%l = load double, ptr %p, !tbaa !0\nstore i8 %b, ptr %o, !tbaa !6\nret void"),
    "char the other way": (False, "%l = load i8, ptr %p, !tbaa !6\nstore double %x, ptr %o, !tbaa !0\nret void"),
    "only one tag": (False, "%l = load double, ptr %p, !tbaa !0\nstore i32 %i, ptr %o\nret void"),
    "unrelated languages": (False, "%l = load double, ptr %p, !tbaa !0\nstore i32 %i, ptr %o, !tbaa !13\nret void"),
    "fields": (True, "%l = load i32, ptr %p, !tbaa !8\nstore double %x, ptr %o, !tbaa !9\nret void"),
    "field and its type": (False, "%l = load double, ptr %p, !tbaa !0\nstore double %x, ptr %o, !tbaa !9\nret void"),
    "field of a field": (False, "%l = load double, ptr %p, !tbaa !11\nstore double %x, ptr %o, !tbaa !9\nret void"),
    "field of another type": (True, "%l = load i32, ptr %p, !tbaa !12\nstore double %x, ptr %o, !tbaa !9\nret void"),
    "types against a certain address": (
        False,
        "%l = load float, ptr %p, !tbaa !0\nstore i32 %i, ptr %p, !tbaa !2\nret void",
    ),
    "types against an unknown distance": (
        True,
        at("s", "%p", "i64 %n", type_="i32")
        + "%l = load double, ptr %p, !tbaa !0\nstore i32 %i, ptr %s, !tbaa !2\nret void",
    ),
    "constant type": (True, "%l = load double, ptr %p, !tbaa !16\nstore i8 %b, ptr %o, !tbaa !6\nret void"),
    "invariant load": (True, "%l = load double, ptr %p, !invariant.load !30\nstore double %x, ptr %o\nret void"),
    "invariant load and a call that may free": (
        False,
        "%l = load double, ptr %p, !invariant.load !30\ncall void @release(ptr %p)\nret void",
    ),
    "scopes": (
        True,
        "%l = load double, ptr %p, !alias.scope !23\nstore double %x, ptr %o, !noalias !23\nret void",
    ),
    "more scopes than excluded": (
        False,
        "%l = load double, ptr %p, !alias.scope !25\nstore double %x, ptr %o, !noalias !23\nret void",
    ),
    "fewer scopes than excluded": (
        True,
        "store double %x, ptr %o, !noalias !25\n%l = load double, ptr %p, !alias.scope !24\nret void",
    ),
    "one domain is enough": (
        True,
        "%l = load double, ptr %p, !alias.scope !28\nstore double %x, ptr %o, !noalias !23\nret void",
    ),
    "scopes alone": (
        False,
        "%l = load double, ptr %p, !alias.scope !23\nstore double %x, ptr %o, !alias.scope !24\nret void",
    ),
}

CALLS = {
    "unknown": (False, "%l = load double, ptr %q\n%u = load double, ptr %p\ncall void @unknown()\nret void"),
    "touches nothing": (True, "%l = load double, ptr %p\ncall void @quiet()\nret void"),
    "inaccessible memory": (True, "store double %x, ptr %p\ncall void @hidden()\nret void"),
    "defined here, other object": (True, "store double %x, ptr %q\ncall void @inner(ptr %p)\nret void"),
    "defined here, reads": (False, "store double %x, ptr %p\ncall void @inner(ptr %p)\nret void"),
    "own alloca": (True, "%s = alloca double\nstore double %x, ptr %s\ncall void @unknown()\nret void"),
    "own alloca given away": (
        False,
        "%s = alloca double\nstore ptr %s, ptr %p\nstore double %x, ptr %s\ncall void @unknown()\nret void",
    ),
    "own alloca passed": (False, "%s = alloca double\nstore double %x, ptr %s\ncall void @looks(ptr %s)\nret void"),
    "noalias argument": (True, "store double %x, ptr %q\ncall void @unknown()\nret void"),
    "argument memory": (False, "store double %x, ptr %p\ncall void @fills(ptr %o)\nret void"),
    "argument memory, other object": (True, "store double %x, ptr %p\ncall void @fills(ptr %q)\nret void"),
    "read-only argument": (True, "%l = load double, ptr %q\ncall void @peeks(ptr %p, ptr null)\nret void"),
    "errno and a double": (True, "%l = load double, ptr %p\n%y = call double @math(double %x)\nret void"),
    "errno and an int": (False, "%l = load i32, ptr %p\n%y = call double @math(double %x)\nret void"),
    "errno and a float by type": (
        True,
        "%l = load float, ptr %p, !tbaa !0\n%y = call double @math(double %x)\nret void",
    ),
    "copied range": (
        True,
        at("s", "%p", "i64 4") + "store double %x, ptr %s\n"
        "call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 32, i1 false)\nret void",
    ),
    "copied over": (
        False,
        at("s", "%p", "i64 3") + "store double %x, ptr %s\n"
        "call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 32, i1 false)\nret void",
    ),
    "copied length unknown": (
        False,
        at("s", "%p", "i64 400") + "store double %x, ptr %s\n"
        "call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 %n, i1 false)\nret void",
    ),
    "end of life": (
        False,
        (
            "%s = alloca [8 x double]\n%t = getelementptr i8, ptr %s, i64 8\nstore double %x, ptr %t\n"
            "call void @llvm.lifetime.end.p0(ptr %s)\nret void"
        ),
    ),
    "assumption": (True, "store double %x, ptr %p\ncall void @llvm.assume(i1 %c)\nret void"),
    "operand bundle": (False, 'store double %x, ptr %p\ncall void @quiet() [ "deopt"(i32 1) ]\nret void'),
}

CASES = {
    f"{group}: {name}": case
    for group, cases in {"address": ADDRESSES, "object": OBJECTS, "metadata": METADATA, "call": CALLS}.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str) -> None:
    apart, body = CASES[case]
    assert last_two_apart(body) is apart


def test_unknown_instructions_touch_everything() -> None:
    made = function("%l = load double, ptr %q\nfence seq_cst\n%a = atomicrmw add ptr %p, i32 1 seq_cst\nret void")
    alias = AliasAnalysis(made)
    load, fence, atomic, end = made.blocks[0].instructions
    assert alias.may_alias(load.id, fence.id)
    assert alias.may_alias(fence.id, atomic.id)
    assert not alias.may_alias(load.id, end.id)


def test_reads_alias_but_never_conflict() -> None:
    made = function("%l = load double, ptr %p\n%u = load double, ptr %o\n%w = call double @sees()\nret void")
    alias = AliasAnalysis(made)
    first, second, call = touching(made)
    assert alias.may_alias(first, second)
    assert not alias.conflict(first, second)
    assert not alias.conflict(first, call)


def test_a_read_only_argument_is_not_written() -> None:
    made = function(
        "%l = load double, ptr %p\ncall void @peeks(ptr %p, ptr null)\ncall void @peeks(ptr null, ptr %p)\nret void"
    )
    alias = AliasAnalysis(made)
    load, reads, writes = touching(made)
    assert alias.may_alias(load, reads)
    assert not alias.conflict(load, reads)
    assert alias.conflict(load, writes)


def test_null_is_no_object_unless_the_function_says_so() -> None:
    body = "%s = select i1 %c, ptr %q, ptr null\n%l = load double, ptr %s\nstore double %x, ptr %p\nret void"
    made = function(body, attributes="null_pointer_is_valid")
    assert AliasAnalysis(made).may_alias(*touching(made))


def test_the_cases_call_what_they_declare() -> None:
    """A misspelt callee would be rejected by LLVM; a call that this model can't read would prove nothing."""
    for _, body in CALLS.values():
        made = function(body)
        assert isinstance(made.instruction(touching(made)[-1]).detail, Call)
