"""Runs machine code that may crash: a process of its own that reads jobs and writes results, one JSON line each.

The process compiles, and forks before it runs; a crash ends the fork, and the runs after it go on in another.
Started by `slpvec.validate.differential`, not by people.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from slpvec.errors import InputError, InternalError, SlpvecError
from slpvec.ir import Function, Module, parse_module
from slpvec.llvm.binding import canonicalize
from slpvec.llvm.jit import Jit
from slpvec.structs import dataclass
from slpvec.validate import harness
from slpvec.validate.inputs import Inputs, Plan, make_inputs, make_plan

_RESULT_BYTES = 16
_BUG = 70
"""Exit code of a fork that raised an exception."""
_MOST_CALLS = 64
"""Calls of unknown functions in a run whose memory is recorded; of later ones only the arguments are."""
_MULTIPLIER = 6364136223846793005
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)


@dataclass(slots=True)
class Outcome:
    """What can be observed of a run."""

    result: bytes
    memory: bytes
    marks: bytes
    calls: list[tuple[int, int, bytes, bytes]]
    """(callee, digest of its arguments, memory that it saw, marks) in order."""


@dataclass(slots=True)
class Runner:
    """The arena and what runs in it."""

    plan: Plan
    arena: Any = field(init=False)
    calls: list[tuple[int, int, bytes, bytes]] = field(default_factory=list)
    callback: Any = field(init=False)

    def __post_init__(self) -> None:
        # 64 bytes more, so that the arena starts at a multiple of the largest vector's size.
        self.arena = ctypes.create_string_buffer(2 * self.plan.size + self.plan.align + 64)
        self.callback = _CALLBACK(self._called)

    @property
    def base(self) -> int:
        """Address of the arena's first byte."""
        unit = max(64, self.plan.align)
        return -(-ctypes.addressof(self.arena) // unit) * unit

    @property
    def site(self) -> harness.Site:
        """What harness text has to know."""
        address = ctypes.cast(self.callback, ctypes.c_void_p).value
        return harness.Site(int(address or 0), self.base, self.plan.size)

    def _called(self, callee: int, digest: int) -> int:
        """An unknown function: sees the memory that it may see, and changes one byte of it."""
        seen, size = self.plan.observable, self.plan.size
        if len(self.calls) < _MOST_CALLS:
            memory = ctypes.string_at(self.base + seen.start, seen.stop - seen.start)
            marks = ctypes.string_at(self.base + size + seen.start, seen.stop - seen.start)
            self.calls.append((callee, digest, memory, marks))
        else:
            self.calls.append((callee, digest, b"", b""))
        answer = (len(self.calls) * _MULTIPLIER + digest) % (1 << 63)
        if self.plan.sharing:
            middle = self.plan.middle(0) + (answer >> 40) % 64
            ctypes.memset(self.base + middle, answer >> 50 & 0x3F, 1)
        return answer

    def run(self, entry: Callable[[int, int], None], inputs: Inputs) -> Outcome:
        """Runs compiled code once."""
        size = self.plan.size
        ctypes.memmove(self.base, inputs.memory, size)
        ctypes.memset(self.base + size, 0, size)
        slots = ctypes.create_string_buffer(inputs.slots, max(1, len(inputs.slots)))
        result = ctypes.create_string_buffer(_RESULT_BYTES)
        self.calls = []
        entry(ctypes.addressof(slots), ctypes.addressof(result))
        return Outcome(
            result.raw, ctypes.string_at(self.base, size), ctypes.string_at(self.base + size, size), self.calls
        )


def differing_bytes(before: bytes, after: bytes, marks: bytes) -> list[int]:
    """Offsets where memory differs. Bytes that ``marks`` shows as one float do not, if it is NaN both times."""
    if before == after:
        return []
    found = []
    for offset, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new and not _both_nan(before, after, marks, offset):
            found.append(offset)
    return found


def _both_nan(before: bytes, after: bytes, marks: bytes, offset: int) -> bool:
    for first, size, code in ((harness.FLOAT_MARK, 4, "<f"), (harness.DOUBLE_MARK, 8, "<d")):
        start = offset - (marks[offset] - first)
        whole = slice(start, start + size)
        if start >= 0 and marks[whole] == bytes(range(first, first + size)):
            old, new = struct.unpack(code, before[whole])[0], struct.unpack(code, after[whole])[0]
            return bool(old != old and new != new)  # noqa: PLR0124 - that is what makes a NaN
    return False


def difference(before: Outcome, after: Outcome, inputs: Inputs, plan: Plan, result: str) -> dict[str, str] | None:
    """The first thing that differs, or None. The marks are those of ``before``."""
    kind = {"float": harness.FLOAT_MARK, "double": harness.DOUBLE_MARK}.get(result)
    size = {"float": 4, "double": 8}.get(result, _RESULT_BYTES)
    nans = (
        bytes(range(kind, kind + size)).ljust(_RESULT_BYTES, b"\0") if kind and before.marks else bytes(_RESULT_BYTES)
    )
    if differing_bytes(before.result, after.result, nans):
        return _described("result", "the result", before.result[:size], after.result[:size])
    for number, (old, new) in enumerate(zip(before.calls, after.calls, strict=False), 1):
        if old[:2] != new[:2]:
            return _described("calls", f"arguments of call {number}", _bytes(old[1]), _bytes(new[1]))
        changed = differing_bytes(old[2], new[2], old[3] or bytes(len(old[2])))
        if changed:
            offset = changed[0]
            where = f"memory seen by call {number}, {_where(offset + plan.observable.start, inputs)}"
            return _described("calls", where, old[2][offset : offset + 8], new[2][offset : offset + 8])
    if len(before.calls) != len(after.calls):
        counts = (str(len(outcome.calls)).encode() for outcome in (before, after))
        return _described("calls", "the number of calls", *counts)
    changed = differing_bytes(before.memory, after.memory, before.marks or bytes(plan.size))
    if not changed:
        return None
    offset = changed[0]
    words = (outcome.memory[offset : offset + 8] for outcome in (before, after))
    return _described("memory", f"memory at {_where(offset, inputs)}", *words)


def _bytes(digest: int) -> bytes:
    return digest.to_bytes(8, "little", signed=True)


def _where(offset: int, inputs: Inputs) -> str:
    name, start = min(inputs.pointers, key=lambda pointer: abs(offset - pointer[1]), default=("the arena", 0))
    return f"%{name}{offset - start:+d}"


def _described(kind: str, where: str, before: bytes, after: bytes) -> dict[str, str]:
    return {"kind": kind, "where": where, "before": before.hex(), "after": after.hex()}


@dataclass(slots=True)
class Job:
    """Two compiled modules and how to run them."""

    before: Jit
    after: Jit
    marked_text: str
    runner: Runner
    function: Function
    seed: int
    runs: int
    seconds: float
    exact_nan: bool

    def inputs(self, run: int) -> Inputs:
        """Inputs of this run, the same in every process (but for the arena's address)."""
        return make_inputs(self.runner.plan, random.Random(f"{self.seed} {run}"), self.runner.base)

    def one(self, run: int, stage: Callable[[bytes], None]) -> dict[str, str] | None:
        """Does a run; tells ``stage`` what it is about to execute."""
        inputs, result = self.inputs(run), str(self.function.result)
        stage(b"B")
        old = self.runner.run(_entry(self.before), inputs)
        stage(b"A")
        new = self.runner.run(_entry(self.after), inputs)
        stage(b"C")
        unmarked = Outcome(old.result, old.memory, b"", [(*call[:3], b"") for call in old.calls])
        found = difference(unmarked, new, inputs, self.runner.plan, result)
        if found is None or self.exact_nan:
            return found
        # Run it again with marks that say which bytes hold floats: among those a NaN is a NaN.
        with Jit(self.marked_text) as marked:
            again = self.runner.run(_entry(marked), inputs)
        return difference(again, new, inputs, self.runner.plan, result)


def _entry(jit: Jit) -> Callable[[int, int], None]:
    call: Callable[[int, int], None] = jit.function(harness.ENTRY, None, ctypes.c_void_p, ctypes.c_void_p)
    return call


def prepare(request: dict[str, Any]) -> Job:
    """Compiles what a request asks for; SlpvecError if it cannot be run."""
    modules = [parse_module(canonicalize(request[side], side), side) for side in ("before", "after")]
    functions = [_function(module, request["function"]) for module in modules]
    for function in functions:
        harness.check_signature(function)
    harness.check_same_signature(*functions)
    runner = Runner(make_plan(functions[0], request["reach"]))
    process = ctypes.CDLL(None)

    def is_present(name: str) -> bool:
        return hasattr(process, name)

    texts = [harness.runnable(m, f, runner.site, is_present) for m, f in zip(modules, functions, strict=True)]
    return Job(
        Jit(texts[0], opt=request["opt"], filename="before"),
        Jit(texts[1], opt=request["opt"], filename="after"),
        harness.runnable_marked(modules[0], functions[0], runner.site, is_present),
        runner,
        functions[0],
        request["seed"],
        request["runs"],
        request["seconds"],
        request["exact_nan"],
    )


def _function(module: Module, name: str) -> Function:
    try:
        return module.function(name)
    except KeyError:
        defined = ", ".join(f"@{function.name}" for function in module.walk()) or "nothing"
        raise InputError(f"no function @{name} in {module.info.filename}", hint=f"it defines {defined}") from None


def perform(job: Job) -> dict[str, Any]:
    """All runs, in as many forks as it takes; stops at the first difference."""
    done, skipped, reason = 0, 0, ""
    while done < job.runs:
        events, status = _forked(job, done)
        compared = [event for event in events if event[0] == "R"]
        done += len(compared)
        for event in compared:
            found = json.loads(event[1:])
            if found is not None:
                return _report(done - skipped, skipped, reason, {**found, "run": done - 1})
        if done >= job.runs:
            break
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _BUG:
            raise InternalError("the differential runner failed; its traceback is above")
        how = _death(status)
        if events and events[-1] == "A":
            what = {"kind": "crash", "where": f"the function after the rewrite {how}", "before": "", "after": ""}
            return _report(done - skipped, skipped, reason, {**what, "run": done})
        reason = reason or f"the function before the rewrite {how}"
        skipped += 1
        done += 1
    return _report(done - skipped, skipped, reason, None)


def _report(compared: int, skipped: int, reason: str, found: dict[str, Any] | None) -> dict[str, Any]:
    return {"compared": compared, "skipped": skipped, "reason": reason, "difference": found}


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "took too long" if number == signal.SIGPROF else f"died of {signal.Signals(number).name}"
    return f"ended the process with code {os.waitstatus_to_exitcode(status)}"


def _forked(job: Job, first: int) -> tuple[list[str], int]:
    """Does runs in a child process; the events that it sent ('B', 'A', 'C', 'R' and a result) and its end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(job, first, writer)
    os.close(writer)
    with os.fdopen(reader, "r") as stream:
        events = [line.rstrip("\n") for line in stream]
    return events, os.waitpid(child, 0)[1]


def _child(job: Job, first: int, writer: int) -> None:
    """Never returns: what it leaves behind is in the pipe."""
    try:
        for run in range(first, job.runs):
            # Processor time, so that a busy machine changes nothing; the default action ends the process.
            signal.setitimer(signal.ITIMER_PROF, job.seconds)
            found = job.one(run, lambda event: _send(writer, event))
            _send(writer, b"R" + json.dumps(found).encode())
            if found is not None:
                break
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(_BUG)


def _send(writer: int, event: bytes) -> None:
    os.write(writer, event + b"\n")


@contextmanager
def _quiet() -> Iterator[int]:
    """Standard output for the results alone: what the code under test prints goes nowhere."""
    results = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    yield results
    os.close(results)


def main() -> None:
    """Serves jobs until standard input ends."""
    with _quiet() as results:
        for line in sys.stdin:
            try:
                answer = perform(prepare(json.loads(line)))
            except SlpvecError as error:
                answer = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
            os.write(results, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
