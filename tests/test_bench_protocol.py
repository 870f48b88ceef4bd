"""Runs and their order: pinned, padded, interleaved; and arms that crash, hang, fail or answer otherwise."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slpvec.bench.arms import choose_reference, parse_arms
from slpvec.bench.nas import read_answer
from slpvec.bench.own import OutputReader
from slpvec.bench.process import PADDING_VARIABLE, Command, default_core, describe_end, execute
from slpvec.bench.protocol import WARM_UP, ArmRuns, race, schedule
from slpvec.errors import InputError, ToolError

ARMS = ("scalar", "llvm", "greedy", "control")


def script(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits for nothing but its parent."""
    try:
        return "Z (zombie)" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def run_race(programs: dict[str, Path], runs: int = 2, strict: bool = True) -> dict[str, ArmRuns]:
    return race(programs, OutputReader(), Command(timeout=20.0), runs=runs, seed=3, strict=strict)


@given(st.integers(0, 9), st.integers(0, 1000))
def test_every_arm_runs_once_a_round_and_rounds_mirror_each_other(runs: int, seed: int) -> None:
    slots = schedule(ARMS, runs, seed)
    assert [slot.arm for slot in slots[:4]] == list(ARMS)
    assert all((slot.round == WARM_UP) == (number < 4) for number, slot in enumerate(slots))
    rounds = [[slot.arm for slot in slots if slot.round == number] for number in range(runs)]
    assert all(sorted(order) == sorted(ARMS) for order in rounds)
    assert all(there == back[::-1] for there, back in zip(rounds[::2], rounds[1::2], strict=False))
    assert slots == schedule(ARMS, runs, seed)


def test_orders_and_paddings_vary() -> None:
    slots = schedule(ARMS, 20, 0)
    assert len({tuple(slot.arm for slot in slots if slot.round == number) for number in range(20)}) > 4
    assert len({slot.padding for slot in slots}) > 40


def test_untimed_arms_have_a_warm_up_only() -> None:
    slots = schedule(ARMS, 2, 0, untimed=("scalar",))
    assert [slot.round for slot in slots if slot.arm == "scalar"] == [WARM_UP]
    assert len(slots) == 4 + 2 * 3


def test_a_run_is_pinned_padded_and_counted(tmp_path: Path) -> None:
    body = f'grep Cpus_allowed_list /proc/self/status; echo "${{#{PADDING_VARIABLE}}} $1"; exit 7'
    core = default_core()
    done = execute(script(tmp_path, "p", body), Command(("word",), core=core), padding=123)
    assert done.stdout.decode().split() == ["Cpus_allowed_list:", str(core), "123", "word"]
    assert done.status == 7 and done.wall > 0.0 and done.user >= 0.0 and done.system >= 0.0


def test_cpu_time_is_the_programs_own(tmp_path: Path) -> None:
    busy = script(tmp_path, "busy", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done")
    idle = script(tmp_path, "idle", "sleep 0.2")
    worked, slept = execute(busy, Command()), execute(idle, Command())
    assert worked.user + worked.system > slept.user + slept.system
    assert slept.wall >= 0.2


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    body = f"sleep 60 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(ToolError, match=r"ran for over 0\.5 s"):
        execute(script(tmp_path, "hang", body), Command(timeout=0.5))
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if has_ended(child):
            return
        time.sleep(0.05)
    pytest.fail("what it started still runs")


def test_what_cannot_be_started_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot run missing: No such file"):
        execute(tmp_path / "missing", Command())
    (tmp_path / "text").write_text("no program")
    with pytest.raises(ToolError, match="cannot run text"):
        execute(tmp_path / "text", Command())


def test_ends_are_described() -> None:
    assert describe_end(-11) == "died of signal 11 (SIGSEGV)"
    assert describe_end(3) == "ended with exit code 3"


def test_arms_that_agree_have_times(tmp_path: Path) -> None:
    same = script(tmp_path, "same", "echo 1")
    found = run_race({"scalar": same, "llvm": same}, runs=3)
    for runs in found.values():
        assert not runs.failure and not runs.differs and [s.round for s in runs.samples] == [0, 1, 2]
        assert runs.warm_up is not None and runs.warm_up.round == WARM_UP
    positions = sorted(s.position for runs in found.values() for s in runs.samples)
    assert positions == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("echo 2", "is not scalar's"),
        ("echo 1; exit 4", "is not scalar's"),
        ("kill -SEGV $$", "died of signal 11 (SIGSEGV)"),
        ("echo 1; echo $$", "is not scalar's"),
    ],
)
def test_an_arm_that_goes_wrong_has_no_time(body: str, why: str, tmp_path: Path) -> None:
    good, bad = script(tmp_path, "good", "echo 1"), script(tmp_path, "bad", body)
    found = run_race({"scalar": good, "bad": bad, "llvm": good})
    assert why in found["bad"].failure
    assert found["bad"].samples == () and found["bad"].median("user") is None
    assert len(found["llvm"].samples) == 2 and not found["llvm"].failure


def test_an_arm_that_goes_wrong_later_loses_its_times(tmp_path: Path) -> None:
    body = f"n=$(cat {tmp_path}/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > {tmp_path}/n; echo $((n / 3))"
    good = script(tmp_path, "good", "echo 0")
    found = run_race({"scalar": good, "bad": script(tmp_path, "bad", body)}, runs=4)
    assert "its answer changes from run to run" in found["bad"].failure and found["bad"].samples == ()


def test_without_a_scalar_answer_nothing_is_right(tmp_path: Path) -> None:
    bad, good = script(tmp_path, "bad", "kill -ABRT $$"), script(tmp_path, "good", "echo 1")
    found = run_race({"scalar": bad, "llvm": good})
    assert "there is no scalar answer to compare with" in found["llvm"].failure


def test_other_answers_are_told_where_they_are_no_failure(tmp_path: Path) -> None:
    one, two = script(tmp_path, "one", "echo 1"), script(tmp_path, "two", "echo 2")
    found = run_race({"scalar": one, "llvm": two}, strict=False)
    assert found["llvm"].differs and not found["llvm"].failure and len(found["llvm"].samples) == 2


def test_without_counted_runs_the_warm_up_counts(tmp_path: Path) -> None:
    same = script(tmp_path, "same", "echo 1")
    found = run_race({"scalar": same}, runs=0)
    assert [s.round for s in found["scalar"].samples] == [WARM_UP]


def test_a_failed_verification_is_a_failure(tmp_path: Path) -> None:
    report = "Checksum = ab\nUser CPU seconds = 1\nCPU seconds = 1\nTime in seconds = 1\n VERIFICATION {}\n"
    good = script(tmp_path, "good", f"printf '{report.format('SUCCESSFUL')}'")
    bad = script(tmp_path, "bad", f"printf '{report.format('FAILED')}'; exit 1")
    found = race({"scalar": good, "bad": bad}, read_answer, Command(), runs=1, seed=0, strict=False)
    assert found["bad"].failure == "it FAILED its verification"
    assert found["scalar"].median("user") == 1.0


@pytest.mark.parametrize(
    ("printed", "where"),
    [
        ("a\nb\n", "first in line 2: 'b' for 'c'"),
        ("a\nc\nd\n", "ends after 6 bytes instead of 4"),
        ("", "ends after 0 bytes instead of 4"),
    ],
)
def test_unexpected_output_says_where(printed: str, where: str, tmp_path: Path) -> None:
    done = execute(script(tmp_path, "p", f"printf '{printed}'"), Command())
    assert where in OutputReader(b"a\nc\n")(done).wrong
    assert OutputReader(printed.encode())(done).wrong == ""


def test_arms_and_references_are_checked() -> None:
    assert parse_arms(["scalar,llvm", "greedy", "llvm"]) == ("scalar", "llvm", "greedy")
    with pytest.raises(InputError, match="there is no arm 'fast'"):
        parse_arms(["fast"])
    assert choose_reference(("scalar", "greedy"), None) == "scalar"
    assert choose_reference(("greedy", "llvm"), None) == "llvm"
    with pytest.raises(InputError, match="the reference 'clang' is not among the arms"):
        choose_reference(("scalar",), "clang")


def test_the_default_core_is_one_that_may_be_used() -> None:
    assert default_core() in os.sched_getaffinity(0)
