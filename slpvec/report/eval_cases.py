"""Case studies: the functions that a policy wins and loses most on, with the IR of every arm, in a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from slpvec.bench.arms import LLVM, SCALAR
from slpvec.errors import InputError, SourceSpan
from slpvec.report.evaluate import EvalSettings, FunctionScore, Task, score_function
from slpvec.structs import dataclass

_NOT_IN_NAMES = re.compile(r"[^-\w.]+")


@dataclass(frozen=True, slots=True)
class Case:
    """A function worth a look."""

    score: FunctionScore
    arm: str
    against: str
    """`llvm` or the oracle."""

    @property
    def won(self) -> int:
        """TTI units that the arm is cheaper; below 0 if it is dearer."""
        return self.score.cost(self.against) - self.score.cost(self.arm)


def find_cases(scores: Sequence[FunctionScore], arm: str, count: int) -> list[Case]:
    """For LLVM and the oracle the ``count`` functions that ``arm`` wins most on, and those that it loses most on."""
    known = [score for score in scores if not score.left_out]
    found: list[Case] = []
    for against in dict.fromkeys([LLVM, known[0].oracle] if known else []):
        if not against or against == arm:
            continue
        cases = [Case(score, arm, against) for score in known]
        cases.sort(key=lambda case: (-case.won, case.score.task.package, case.score.task.hash))
        found += [case for case in cases[:count] if case.won > 0]
        found += [case for case in cases[: -count - 1 : -1] if case.won < 0]
    return found


def write_cases(cases: Sequence[Case], tasks: Sequence[Task], settings: EvalSettings, folder: Path) -> list[Path]:
    """Writes a folder for each function, a file for each arm and a page that says what is where; returns the folders.

    The functions are decided on once more. Raises InputError where the folder cannot be written.
    """
    by_hash = {task.hash: task for task in tasks}
    places: dict[str, Path] = {}
    lines: list[str] = ["# Case studies", "", "Costs after clean-up, in LLVM's units of reciprocal throughput.", ""]
    try:
        for case in cases:
            hash_ = case.score.task.hash
            if hash_ not in places:
                places[hash_] = folder / _folder_name(case.score.task)
                _write(places[hash_], score_function(by_hash[hash_], settings, keep_texts=True))
            lines += [_line(case, places[hash_].name)]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text("\n".join([*lines, ""]))
    except OSError as error:
        where = SourceSpan(str(folder))
        raise InputError(f"cannot write the cases: {error.strerror}", hint="name another folder", span=where) from None
    return list(places.values())


def _write(place: Path, score: FunctionScore) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for arm, text in score.texts.items():
        (place / f"{arm}.ll").write_text(text)


def _line(case: Case, place: str) -> str:
    task, score = case.score.task, case.score
    costs = ", ".join(f"{arm} {score.cost(arm)}" for arm in (SCALAR, LLVM, *score.arms))
    verb = "wins" if case.won > 0 else "loses"
    return f"- [{place}]({place}): {case.arm} {verb} {abs(case.won)} against {case.against} ({task.file}): {costs}"


def _folder_name(task: Task) -> str:
    name = _NOT_IN_NAMES.sub("-", f"{Path(task.package).name}-{task.function}").strip("-")
    return f"{name[:60]}-{task.hash[:8]}"
