"""Addresses that are computed in different ways, but lie side by side."""

from __future__ import annotations

import pytest
from validate_cases import is_proven

# name: lines that compute %k and %l, indices of doubles, and whether l = k + 1 whatever the arguments.
INDICES: dict[str, tuple[str, bool]] = {
    "add": ("%k = add i64 %n, 3\n%l = add i64 %n, 4", True),
    "add, not next": ("%k = add i64 %n, 3\n%l = add i64 %n, 5", False),
    "widened without wrapping": ("%e = add nsw i32 %i, 1\n%k = sext i32 %i to i64\n%l = sext i32 %e to i64", True),
    "widened, may wrap": ("%e = add i32 %i, 1\n%k = sext i32 %i to i64\n%l = sext i32 %e to i64", False),
    "widened, wraps otherwise": ("%e = add nuw i32 %i, 1\n%k = sext i32 %i to i64\n%l = sext i32 %e to i64", False),
    "zeros, without wrapping": ("%e = add nuw i32 %i, 1\n%k = zext i32 %i to i64\n%l = zext i32 %e to i64", True),
    "zeros, wraps": ("%e = add nsw i32 %i, 1\n%k = zext i32 %i to i64\n%l = zext i32 %e to i64", False),
    "shift": ("%s2 = shl i64 %n, 1\n%k = mul i64 %n, 2\n%l = add i64 %s2, 1", True),
    "shift by one too many": ("%s2 = shl i64 %n, 2\n%k = mul i64 %n, 2\n%l = add i64 %s2, 1", False),
    "disjoint or": ("%k = shl i64 %n, 1\n%l = or disjoint i64 %k, 1", True),
    "or": ("%k = mul i64 %n, 3\n%l = or i64 %k, 1", False),
    "complement": ("%c2 = xor i64 %n, -1\n%k = sub i64 0, %n\n%l = add i64 %c2, 2", True),
    "complement, counted wrongly": ("%c2 = xor i64 %n, -1\n%k = sub i64 0, %n\n%l = add i64 %c2, 1", False),
    "other bits turned": ("%c2 = xor i64 %n, -2\n%k = sub i64 0, %n\n%l = add i64 %c2, 2", False),
    "widened complement": (
        """%m = xor i32 %i, -1
           %k0 = sext i32 %m to i64
           %w = sext i32 %i to i64
           %k = sub i64 -1, %w
           %l = add i64 %k0, 1""",
        True,
    ),
    "complement widened with zeros": (
        """%m = xor i32 %i, -1
           %k0 = zext i32 %m to i64
           %w = zext i32 %i to i64
           %k = sub i64 4294967295, %w
           %l = add i64 %k0, 1""",
        True,
    ),
    "complement widened either way": (
        """%m = xor i32 %i, -1
           %k0 = zext i32 %m to i64
           %w = sext i32 %i to i64
           %k = sub i64 -1, %w
           %l = add i64 %k0, 1""",
        False,
    ),
    "cut off without loss": (
        """%t = trunc nsw i64 %n to i32
           %e = add nsw i32 %t, 1
           %k = add i64 %n, 0
           %l = sext i32 %e to i64""",
        True,
    ),
    "cut off": (
        """%t = trunc i64 %n to i32
           %e = add nsw i32 %t, 1
           %k = add i64 %n, 0
           %l = sext i32 %e to i64""",
        False,
    ),
    "cut off, zeros": (
        """%t = trunc nuw i64 %n to i32
           %e = add nsw i32 %t, 1
           %k = add i64 %n, 0
           %l = sext i32 %e to i64""",
        False,
    ),
    "the sign bit": (
        """%a1 = shl nsw i32 %i, 31
           %b1 = sext i32 %i to i64
           %k = shl i64 %b1, 31
           %c1 = sext i32 %a1 to i64
           %l = add i64 %c1, 1""",
        True,
    ),
    "more bits than an address": (
        """%w = sext i64 %n to i128
           %v1 = add i128 %w, 1
           %k = add i64 %n, 0
           %l = trunc i128 %v1 to i64""",
        True,
    ),
    "scaled": ("%k = mul i64 %n, 24\n%m = mul i64 %n, 8\n%o = mul i64 %m, 3\n%l = add i64 %o, 1", True),
}


@pytest.mark.parametrize("name", INDICES)
def test_two_loads_side_by_side(name: str) -> None:
    lines, adjacent = INDICES[name]
    addresses = f"{lines}\n%q0 = getelementptr double, ptr %q, i64 %k\n%q1 = getelementptr double, ptr %q, i64 %l\n"
    before = f"""{addresses}
      %a = load double, ptr %q0, align 8
      %b = load double, ptr %q1, align 8
      %s1 = fsub double %a, %b
      store double %s1, ptr %p, align 8
      ret void"""
    after = f"""{addresses}
      %v = load <2 x double>, ptr %q0, align 8
      %a = extractelement <2 x double> %v, i64 0
      %b = extractelement <2 x double> %v, i64 1
      %s1 = fsub double %a, %b
      store double %s1, ptr %p, align 8
      ret void"""
    assert is_proven(before, before)
    assert is_proven(before, after) is adjacent


# A pointer of the rewrite to %q + 8 * n + 16, as the original has it; whether it may be used.
POINTERS = {
    "getelementptr inbounds i8, ptr %q2, i64 16": True,
    "getelementptr i8, ptr %q2, i64 16": True,
    "getelementptr nuw i8, ptr %q2, i64 16": False,
    "getelementptr i8, ptr %q3, i64 8": True,
    "getelementptr inbounds i8, ptr %q3, i64 8": False,
    "getelementptr i8, ptr %q4, i64 16": True,
    "getelementptr i8, ptr %q5, i64 16": False,
    "getelementptr i8, ptr %q2, i64 8": False,
    "getelementptr i8, ptr %q6, i64 16": False,
    "getelementptr i8, ptr %q7, i64 16": False,
    "inttoptr i64 %n to ptr": False,
}


@pytest.mark.parametrize("pointer", POINTERS)
def test_pointers_computed_in_another_way(pointer: str) -> None:
    """What the rewrite computes anew must not be poison where the original's pointer isn't."""
    before = """
      %q2 = getelementptr inbounds double, ptr %q, i64 %n
      %q1 = getelementptr inbounds i8, ptr %q2, i64 16
      %a = load double, ptr %q1, align 8
      store double %a, ptr %p, align 8
      ret void"""
    after = f"""
      %q2 = getelementptr inbounds double, ptr %q, i64 %n
      %q3 = getelementptr i8, ptr %q2, i64 8
      %n4 = shl i64 %n, 3
      %q4 = getelementptr i8, ptr %q, i64 %n4
      %n8 = sext i32 %i to i64
      %n5 = shl nuw i64 %n, 3
      %q5 = getelementptr i8, ptr %q, i64 %n5
      %n6 = sub i64 poison, poison
      %q6 = getelementptr i8, ptr %q4, i64 %n6
      %n7 = sub i64 %n, %n8
      %n9 = add i64 %n7, %n8
      %q7 = getelementptr double, ptr %q, i64 %n9
      %q1 = {pointer}
      %a = load double, ptr %q1, align 8
      store double %a, ptr %p, align 8
      ret void"""
    assert is_proven(before, after) is POINTERS[pointer]
