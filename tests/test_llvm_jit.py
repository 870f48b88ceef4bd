"""Compiling a module for this machine and calling it."""

from __future__ import annotations

import ctypes
import gc

import pytest

from slpvec.errors import InputError, ParseError, UnsupportedError
from slpvec.llvm.binding import default_data_layout, host_cpu
from slpvec.llvm.jit import Jit, exported_functions

MODULE = """
@counter = global i32 0
declare double @sin(double)
declare float @llvm.fabs.f32(float)

define double @half_sine(double %x) {
  %s = call double @sin(double %x)
  %h = fmul double %s, 5.000000e-01
  ret double %h
}
define float @magnitude(float %x) {
  %m = call float @llvm.fabs.f32(float %x)
  ret float %m
}
define i32 @count() {
  %old = load i32, ptr @counter
  %new = add i32 %old, 1
  store i32 %new, ptr @counter
  ret i32 %new
}
define void @scale(ptr %p, <4 x float> %unused) {
  %v = load <4 x float>, ptr %p, align 4
  %w = fmul <4 x float> %v, splat (float 2.0)
  store <4 x float> %w, ptr %p, align 4
  ret void
}
define i64 @"a \\22name\\22"() {
  ret i64 42
}
define internal void @hidden() {
  ret void
}
"""


def test_compiled_functions_compute() -> None:
    with Jit(MODULE) as compiled:
        half_sine = compiled.function("half_sine", ctypes.c_double, ctypes.c_double)
        assert half_sine(1.5707963267948966) == 0.5
        assert compiled.function("magnitude", ctypes.c_float, ctypes.c_float)(-2.5) == 2.5
        assert compiled.function('a "name"', ctypes.c_int64)() == 42


def test_functions_write_memory() -> None:
    values = (ctypes.c_float * 4)(1, 2, 3, 4)
    with Jit(MODULE) as compiled:
        compiled.function("scale", None, ctypes.c_void_p)(values)
    assert list(values) == [2, 4, 6, 8]


def test_modules_have_globals_of_their_own() -> None:
    with Jit(MODULE) as one, Jit(MODULE) as two:
        count_one = one.function("count", ctypes.c_int32)
        count_two = two.function("count", ctypes.c_int32)
        assert [count_one(), count_one(), count_two(), count_one()] == [1, 2, 1, 3]


def test_a_callable_keeps_its_machine_code() -> None:
    count = Jit(MODULE).function("count", ctypes.c_int32)
    gc.collect()
    assert count() == 1


def test_names_are_those_that_can_be_called() -> None:
    assert list(Jit(MODULE).names) == ["half_sine", "magnitude", "count", "scale", 'a "name"']
    assert exported_functions("define i32 @f(i32 %x) {\n}\ndeclare void @g()\n") == ("f",)


def test_unknown_and_hidden_names_are_refused() -> None:
    with Jit(MODULE) as compiled:
        for name in ("nothing", "hidden"):
            with pytest.raises(InputError, match=f"no function '{name}'"):
                compiled.address(name)


def test_closed_module_gives_no_addresses() -> None:
    compiled = Jit(MODULE)
    compiled.close()
    with pytest.raises(InputError, match="closed"):
        compiled.address("count")


def test_undefined_symbols_are_named(capfd: pytest.CaptureFixture[str]) -> None:
    text = "declare void @no_such_thing()\ndefine void @f() {\n  call void @no_such_thing()\n  ret void\n}\n"
    with pytest.raises(UnsupportedError, match=r"cannot compile a\.ll .*: undefined symbols no_such_thing"):
        Jit(text, filename="a.ll")
    assert capfd.readouterr() == ("", "")


def test_modules_of_other_machines_are_refused() -> None:
    other = "aarch64" if host_cpu().triple.startswith("x86_64") else "x86_64"
    text = f'target triple = "{other}-unknown-linux-gnu"\n' + MODULE
    with pytest.raises(InputError, match=rf"m\.ll is for {other}, but this machine is "):
        Jit(text, filename="m.ll")


def test_foreign_data_layouts_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="incompatible data layouts"):
        Jit('target datalayout = "e-p:32:32"\n' + MODULE)


def test_modules_with_the_hosts_target_compile() -> None:
    triple = host_cpu().triple
    head = f'target datalayout = "{default_data_layout(triple)}"\ntarget triple = "{triple}"\n'
    with Jit(head + MODULE, opt=0) as compiled:
        assert compiled.function("count", ctypes.c_int32)() == 1


def test_bad_ir_is_refused_before_it_is_compiled() -> None:
    with pytest.raises(ParseError):
        Jit("define void @f( {")
