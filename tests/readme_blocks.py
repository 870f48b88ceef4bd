"""README's examples: files and commands with their output, run as they stand there.

    python tests/readme_blocks.py    # writes the output of every command anew

A comment before a code block says what it is: `<!-- file: NAME -->` a file that the commands find, `<!-- run -->`
commands after `$ ` and what they print, `<!-- pasted -->` the same for what takes too long for a test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(
    r"<!-- (?P<kind>file|run|pasted)(?:: (?P<name>.+?))? -->\n```\w*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_COMMAND_SECONDS = 1800
# Seconds are a column of their own: the last before a bar or the end of a line. Ratios end with x.
_SECONDS = re.compile(r" +\d+\.\d\d(?= \||$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block of the README."""

    kind: str
    """'file', 'run' or 'pasted'."""
    name: str
    """Of a file; empty otherwise."""
    body: str
    start: int
    """Where the body begins in the README."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command and the output that is printed below it."""

    command: str
    output: str


def blocks(text: str) -> list[Block]:
    """All marked blocks, in order."""
    return [Block(m["kind"], m["name"] or "", m["body"], m.start("body")) for m in _BLOCK.finditer(text)]


def steps(body: str) -> list[Step]:
    """The commands of a `run` block."""
    pieces = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [Step(*piece.split("\n", 1)) for piece in pieces]


def comparable(output: str) -> str:
    """What has to be the same on every machine: all but seconds, and the blanks that they push about."""
    masked = re.sub(r"-{4,}", "----", _SECONDS.sub(" #.##", output))
    return "\n".join(" ".join(line.split()) for line in masked.splitlines())


def run_steps(wanted: list[Block], folder: Path, kinds: tuple[str, ...] = ("run",)) -> Iterator[tuple[Step, str]]:
    """Runs the commands of these kinds in a folder with the blocks' files; yields each step and what it printed.

    Raises RuntimeError if one fails: such output never gets into the README.
    """
    (folder / "bin").mkdir()
    shim = folder / "bin" / "slpvec"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m slpvec "$@"\n')
    shim.chmod(0o755)
    python = Path(sys.executable).parent
    path = os.pathsep.join([str(folder / "bin"), str(python), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    for block in wanted:
        if block.kind == "file":
            (folder / block.name).write_text(block.body)
        elif block.kind in kinds:
            for step in steps(block.body):
                done = subprocess.run(
                    ["/bin/sh", "-c", step.command],
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=_COMMAND_SECONDS,
                    check=False,
                )
                if done.returncode != 0:
                    raise RuntimeError(f"$ {step.command}\n{done.stdout}exit code {done.returncode}")
                yield step, done.stdout


def updated(text: str, kinds: tuple[str, ...]) -> str:
    """The README with the output of every command of these kinds as it is now."""
    found = blocks(text)
    with tempfile.TemporaryDirectory() as folder:
        outputs = {step.command: output for step, output in run_steps(found, Path(folder), kinds)}
    for block in reversed(found):
        if block.kind in kinds:
            body = "".join(f"$ {step.command}\n{outputs[step.command]}" for step in steps(block.body))
            text = text[: block.start] + body + text[block.start + len(block.body) :]
    return text


if __name__ == "__main__":
    KINDS = ("run", "pasted") if "--pasted" in sys.argv else ("run",)
    README.write_text(updated(README.read_text(), KINDS))
