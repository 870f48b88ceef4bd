"""Run as a program: bitcode on standard input, canonical text on standard output.

LLVM ends the process on most kinds of damage to bitcode, so `binding.from_bitcode` reads it in a process apart. This
file imports nothing of slpvec, so that it runs wherever llvmlite is installed.
"""

from __future__ import annotations

import sys

import llvmlite.binding as llvm

NOT_BITCODE = 3
NOT_VALID = 4


def main() -> int:
    """Exit code 0 with the text, or `NOT_BITCODE` or `NOT_VALID` with LLVM's reason on standard error."""
    llvm.set_option("slpvec", "-disable-auto-upgrade-debug-info")  # as `binding` does, and why it does
    try:
        module = llvm.parse_bitcode(sys.stdin.buffer.read())
        text = str(module)
    except (RuntimeError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return NOT_BITCODE
    try:
        module.verify()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return NOT_VALID
    sys.stdout.buffer.write(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
