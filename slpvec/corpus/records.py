"""What is known of one function of the corpus."""

from __future__ import annotations

from slpvec.structs import dataclass

SCHEMA_VERSION = 1
"""Of stored functions; raised when a field changes its meaning."""
SPLITS = ("train", "validation", "test")
"""A package belongs to one of them, with all of its functions."""
NO_SPLIT = ""
"""Split of a function that is stored but in no set, since a more protected set has the same body."""


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """One function, with where it comes from."""

    package: str
    """Name of its package in the manifest."""
    version: str
    """The package's version."""
    kind: str
    """What the package does: numeric, media, crypto, geometry, compression ..."""
    file: str
    """Source file, relative to the package's top folder."""
    variant: str
    """Name of the flags, such as `v3-fast`."""
    flags: str
    """The compiler's flags that shape the code: level, target, floating point; joined by spaces."""
    triple: str
    """Target triple."""
    cpu: str
    """The function's target-cpu, '' if it has none."""
    function: str
    """Its name in its module, without @."""
    hash: str
    """Of the function without names and metadata, with its target: equal hashes are the same problem."""
    body: str
    """Of the function without names, metadata, target and fast-math flags: equal bodies never stand in two splits."""
    instructions: int
    """Instructions in all."""
    blocks: int
    """Basic blocks."""
    largest_block: int
    """Instructions of the largest block."""
    slp_cost: int
    """What LLVM's SLP vectorizer claims to save, in cost units, not above 0; 0 if it does nothing."""
    split: str
    """train, validation, test, or '' for none."""
    text: str
    """A module that holds this function alone, with what it refers to declared."""
