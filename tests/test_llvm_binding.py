"""llvmlite: canonical text, errors that point into the file, object code, layouts."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slpvec.errors import InputError, ParseError, VerifyError
from slpvec.llvm import LLVM_MAJOR, binding
from slpvec.llvm.binding import (
    TypeLayout,
    canonicalize,
    data_layout_sizes,
    default_data_layout,
    emit_object,
    from_bitcode,
    host_cpu,
    llvm_version,
    to_bitcode,
    verify,
)

X86 = "x86_64-unknown-linux-gnu"
AARCH64 = "aarch64-unknown-linux-gnu"

MODULE = """\
; a comment
%pair = type { i64, i64 }
define   void @f(ptr %p,double %x) { ; another
  %a=load double,ptr %p
  %b = fadd nnan double %a , %x
  store double %b, ptr %p
  ret void
}
"""

NOT_DOMINATING = """\
define i32 @f(i32 %a) {
  %b = add i32 %c, 1
  %c   =  add i32 %a, 1
  ret i32 %b
}
"""


def test_version_is_the_one_that_the_tools_have_to_have() -> None:
    assert llvm_version()[0] == LLVM_MAJOR


def test_canonical_text_is_a_fixed_point_without_comments() -> None:
    text = canonicalize(MODULE)
    assert canonicalize(text) == text
    assert "%b = fadd nnan double %a, %x\n" in text
    assert "comment" not in text and "ModuleID" not in text and "<string>" not in text


def test_canonical_text_does_not_depend_on_modules_read_before() -> None:
    use = "%pair = type { i64 }\n@g = global %pair zeroinitializer\n"
    first = canonicalize(use)
    canonicalize("%pair = type { i8 }\n@g = global %pair zeroinitializer\n")
    assert canonicalize(use) == first


def test_the_source_file_name_of_the_module_is_kept() -> None:
    assert canonicalize('source_filename = "x.c"\n').startswith('source_filename = "x.c"\n')


def test_threads_do_not_disturb_each_other() -> None:
    expected = canonicalize(MODULE)
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.extend(canonicalize(MODULE) for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 80


def test_syntax_error_points_at_its_line_and_column() -> None:
    with pytest.raises(ParseError) as caught:
        canonicalize("define void @f() {\n\t%x = fadd dubble 1.0, 2.0\n  ret void\n}\n", "in.ll")
    assert caught.value.render() == (
        "in.ll:2:12: error: expected type [SLPV002]\n\t%x = fadd dubble 1.0, 2.0\n\t          ^"
    )


def test_truncated_module_says_that_its_end_is_missing() -> None:
    with pytest.raises(ParseError) as caught:
        canonicalize(MODULE[: MODULE.index("ret void")], "cut.ll")
    assert "the file ends too early" in str(caught.value)
    assert str(caught.value).startswith("cut.ll:7:")


@given(cut=st.integers(0, len(MODULE)))
def test_every_prefix_of_a_module_is_read_or_refused_with_a_position(cut: int) -> None:
    try:
        canonicalize(MODULE[:cut], "cut.ll")
    except ParseError as error:
        assert error.span is not None and error.span.line is not None
        assert error.headline().count("\n") == 0


@pytest.mark.parametrize("text", ["hello, world\n", "int main(void) { return 0; }\n", "\x7fELF\x02\x01"])
def test_what_is_not_ir_is_told_what_to_give(text: str) -> None:
    with pytest.raises(ParseError, match=r"^x:1:1: error: .*give LLVM IR as text \(\.ll\) or bitcode"):
        canonicalize(text, "x")


@pytest.mark.parametrize("text", ["define void @f() {\0 ret void }", "; \ud800\n"])
def test_nul_bytes_and_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(ParseError, match="not LLVM IR"):
        canonicalize(text, "x")


@pytest.mark.parametrize("check", [canonicalize, verify, to_bitcode, emit_object])
def test_verifier_error_points_at_the_instruction(check: object) -> None:
    assert callable(check)
    with pytest.raises(VerifyError) as caught:
        check(NOT_DOMINATING, filename="bad.ll")
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) in {(2, 3), (3, 3)}
    assert str(caught.value).startswith("bad.ll:")
    assert "Instruction does not dominate all uses!" in str(caught.value)


def test_verifier_error_that_fits_several_lines_names_only_the_file() -> None:
    twice = NOT_DOMINATING + NOT_DOMINATING.replace("@f", "@g")
    with pytest.raises(VerifyError) as caught:
        verify(twice.replace("%c   =  add", "%c = add"), "twice.ll")
    assert str(caught.value).startswith("twice.ll: error: LLVM's verifier rejects the module: ")


DEBUG_INFORMATION = """\
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "a.c", directory: ".")
!2 = !{i32 2, !"Debug Info Version", i32 3}
"""


def test_broken_module_with_debug_information_does_not_end_the_process() -> None:
    with pytest.raises(VerifyError, match="Instruction does not dominate all uses!"):
        canonicalize(NOT_DOMINATING + DEBUG_INFORMATION)
    assert canonicalize(MODULE + DEBUG_INFORMATION).count("DICompileUnit") == 1


def test_broken_debug_information_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    text = MODULE + DEBUG_INFORMATION.replace('!DIFile(filename: "a.c", directory: ".")', "!{}")
    with pytest.raises(VerifyError, match="invalid file"):
        canonicalize(text)
    assert capfd.readouterr() == ("", "")


def test_bitcode_and_text_of_a_module_are_the_same() -> None:
    assert from_bitcode(to_bitcode(MODULE)) == canonicalize(MODULE)


def test_truncated_bitcode_is_refused() -> None:
    data = to_bitcode(MODULE)
    for size in (4, 20, len(data) // 2, len(data) - 4):
        with pytest.raises(ParseError, match=r"^x\.bc: error: not LLVM bitcode: .*it has to be whole"):
            from_bitcode(data[:size], "x.bc")


def test_damaged_bitcode_does_not_end_the_process() -> None:
    data = to_bitcode(MODULE)
    reasons = []
    for at in (96, 101, 271):  # LLVM ends its process on some of these, and gives a reason for others
        damaged = data[:at] + bytes([data[at] ^ 0x81]) + data[at + 1 :]
        with pytest.raises(ParseError) as caught:
            from_bitcode(damaged)
        reasons.append(caught.value.message)
    assert "not LLVM bitcode: it is damaged" in reasons


def test_bitcode_that_does_not_verify_is_told_from_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(binding, "_verify", lambda *_: None)
        data = to_bitcode(NOT_DOMINATING)
    with pytest.raises(VerifyError, match=r"^x\.bc: error: LLVM's verifier rejects the module: Instruction does not"):
        from_bitcode(data, "x.bc")


def test_text_that_comes_out_as_no_utf8_is_refused() -> None:
    with pytest.raises(ParseError, match="not valid UTF-8"):
        canonicalize('define void @f() "a\\ff"="b" {\n  ret void\n}\n')


@pytest.mark.parametrize(("triple", "machine"), [(X86, 62), (AARCH64, 183)])
def test_object_code_is_elf_for_the_modules_own_target(triple: str, machine: int) -> None:
    data = emit_object(f'target triple = "{triple}"\n{MODULE}')
    assert data[:4] == b"\x7fELF"
    assert int.from_bytes(data[18:20], "little") == machine


def test_cpu_and_level_change_the_code() -> None:
    square = """
    define void @f(ptr noalias %p, ptr noalias %q) {
      %a = load <8 x float>, ptr %p
      %b = fmul <8 x float> %a, %a
      store <8 x float> %b, ptr %q
      ret void
    }
    """
    text = f'target triple = "{X86}"\n{square}'
    assert emit_object(text, cpu="x86-64-v3") != emit_object(text, cpu="x86-64")
    assert emit_object(text, features="+avx") != emit_object(text)
    assert emit_object(text, opt=0) != emit_object(text, opt=3)


def test_unknown_target_is_named() -> None:
    with pytest.raises(InputError, match="unknown target triple 'pdp11-dec-unix'"):
        emit_object('target triple = "pdp11-dec-unix"\n' + MODULE)


def test_layouts_follow_the_data_layout() -> None:
    types = ["double", "{ i8, i32 }", "<{ i8, i32 }>", "%pair", "ptr", "<4 x float>", "[3 x i16]", "i1"]
    layouts = data_layout_sizes(types, default_data_layout(X86), preamble="%pair = type { i64, i1 }")
    expected = [(8, 8), (8, 4), (5, 1), (16, 8), (8, 8), (16, 16), (6, 2), (1, 1)]
    assert layouts == [TypeLayout(*pair) for pair in expected]
    assert data_layout_sizes(["ptr"], "e-p:32:32") == [TypeLayout(4, 4)]
    assert data_layout_sizes([], "") == []


def test_layout_of_what_is_no_sized_type_is_refused() -> None:
    with pytest.raises(ParseError):
        data_layout_sizes(["void"], "")


def test_host_is_named_with_its_features() -> None:
    host = host_cpu()
    assert host.name and host.triple.count("-") >= 2
    assert all(word.startswith("+") for word in host.feature_string().split(",") if word)
