"""A price by signature is what LLVM prints for the instruction where it stands: no exceptions, on any target."""

from __future__ import annotations

from pathlib import Path

import pytest
from cost_random_ir import RandomIR

from slpvec.cost.tti import Pricer, Target
from slpvec.ir.parser import parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.clang import c_to_ir
from slpvec.llvm.opt import print_costs, slp_vectorize

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
TARGETS = {
    "x86-64": (X86, '"target-cpu"="x86-64" "tune-cpu"="generic"'),
    "x86-64-v2": (X86, '"target-cpu"="x86-64-v2"'),
    "x86-64-v3": (X86, '"target-cpu"="x86-64-v3"'),
    "x86-64-v4, 256 bits": (X86, '"target-cpu"="x86-64-v4" "min-legal-vector-width"="0"'),
    "x86-64-v4, 512 bits": (X86, '"target-cpu"="x86-64-v4" "prefer-vector-width"="512"'),
    "aarch64": (ARM, '"target-cpu"="generic"'),
    "neoverse-v2": (ARM, '"target-cpu"="neoverse-v2"'),
    "a64fx, 512 bits": (ARM, '"target-cpu"="a64fx" vscale_range(4,4)'),
    "riscv": ("riscv64-unknown-linux-gnu", '"target-features"="+v,+d,+f,+m,+64bit"'),
}
CLANG = {
    "x86-64-v3": ("--target=x86_64-linux-gnu", "-march=x86-64-v3"),
    "neoverse-v2": ("--target=aarch64-linux-gnu", "-mcpu=neoverse-v2"),
}

UNREAD = """
%"class.std::pair(int, int)" = type { i32, i32 }
declare i32 @__gxx_personality_v0(...)
declare void @"a (quoted) name"(ptr, i32)
declare i32 @g(i32, ptr, double)
define i32 @e(i32 %x, ptr %p) #0 personality ptr @__gxx_personality_v0 {
  %a = invoke noundef i32 @g(i32 noundef %x, ptr nonnull align 8 dereferenceable(8) %p, double 1.0)
          to label %ok unwind label %bad
ok:
  %y = call i32 asm sideeffect "foo (%1, $0)", "=r,r,r,~{memory}"(i32 %a, ptr %p)
  call void asm sideeffect "", ""()
  %z = invoke i32 %p(i32 3)
          to label %more unwind label %bad
more:
  invoke void @"a (quoted) name"(ptr writable sret(%"class.std::pair(int, int)") align 8 %p, i32 noundef %x)
          to label %done unwind label %bad
done:
  %q = va_arg ptr %p, i32
  %r = call i32 inttoptr (i64 5 to ptr)(i32 1, i32 2)
  fence acquire
  %w = cmpxchg weak ptr %p, i32 1, i32 2 monotonic monotonic, align 4
  %v = atomicrmw fadd ptr %p, double 1.0 monotonic, align 8
  ret i32 %z
bad:
  %l = landingpad { ptr, i32 }
          cleanup
  resume { ptr, i32 } %l
}
"""


def mismatches(ir: str) -> list[str]:
    """Instructions whose price is not what LLVM prints for them."""
    text = canonicalize(ir)
    printed = print_costs(text)
    found = []
    pricers: dict[Target, Pricer] = {}
    for function in parse_module(text).functions:
        target = Target.of(function)
        pricer = pricers.setdefault(target, Pricer(target))
        prices = pricer.price(function)
        assert len(prices) == len(printed[function.name])
        for price, cost, instruction in zip(prices, printed[function.name], function.instructions, strict=True):
            if price != cost.cost:
                found.append(f"@{function.name}: {price}, LLVM {cost.cost}: {instruction.text}")
    return found


@pytest.mark.parametrize("name", TARGETS)
def test_random_instructions(name: str) -> None:
    triple, attributes = TARGETS[name]
    for seed in range(3):
        assert mismatches(RandomIR(seed).function(250, attributes, triple)) == []


@pytest.mark.parametrize("name", CLANG)
@pytest.mark.parametrize("math", ["-ffp-contract=on", "-ffast-math"])
def test_compiled_code_before_and_after_llvms_vectorizer(name: str, math: str) -> None:
    ir = c_to_ir(Path(__file__).parent / "cost_kernels.c", ["-O3", "-fno-slp-vectorize", math, *CLANG[name]])
    assert mismatches(ir) == []
    assert mismatches(slp_vectorize(ir).text) == []


@pytest.mark.parametrize("triple", [X86, ARM])
def test_what_the_model_does_not_read_is_priced_as_well(triple: str) -> None:
    assert mismatches(f'target triple = "{triple}"\n{UNREAD}attributes #0 = {{ nounwind }}\n') == []


def test_scalable_vectors() -> None:
    wide, narrow = "<vscale x 4 x i32>", "<vscale x 4 x i16>"
    body = f"""define {wide} @f({narrow} %x, i32 %n, ptr %p) #0 {{
  %i = insertelement {wide} poison, i32 %n, i64 0
  %s = shufflevector {wide} %i, {wide} poison, {wide} zeroinitializer
  %e = zext {narrow} %x to {wide}
  %m = mul {wide} %e, %s
  %h = lshr {wide} %m, %s
  %q = getelementptr {wide}, ptr %p, i64 1
  store {wide} %h, ptr %q, align 4
  %v = call i64 @llvm.vscale.i64()
  ret {wide} %h
}}"""
    assert mismatches(f'target triple = "{ARM}"\n{body}\nattributes #0 = {{ "target-features"="+sve2" }}\n') == []


def test_a_library_call_is_told_by_its_name_and_priced_by_its_arguments() -> None:
    for parameters, arguments in (("double", "double %x"), ("double, double", "double %x, double %x")):
        body = f"define double @f(double %x) {{\n %r = call double @sin({arguments})\n ret double %r\n}}"
        assert mismatches(f'target triple = "{X86}"\ndeclare double @sin({parameters})\n{body}\n') == []
