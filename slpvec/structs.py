"""Dataclasses that are made in a third of the time, and so are their objects: start-up is what a small file waits for.

`dataclasses` compiles six methods for each frozen class, about a millisecond apiece, and its objects set each field
through `object.__setattr__`. Here `__init__` alone is compiled; `__eq__`, `__hash__` and `__repr__` are closures over
the fields. `frozen` is enforced by the type checker, which takes this for `dataclasses.dataclass`, not at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


class Hashed:
    """Base of frozen dataclasses that are looked up again and again: they remember their hash. Copies find it anew."""

    __slots__ = ("_hash",)

    def __getstate__(self) -> object:
        """As ever, but without the hash, which other processes find another."""
        state: Any = super().__getstate__()
        state[1].pop("_hash", None)
        return state


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True):
        """As `dataclasses.dataclass` with these options; nothing stops an assignment to a frozen object."""

        def make(cls):
            own = set(vars(cls))
            made = dataclasses.dataclass(eq=False, repr=False, slots=slots)(cls)
            if "__repr__" not in own:
                _add_repr(made)
            if eq:
                _add_equality(made, own, frozen)
            return made

        return make if cls is None else make(cls)

    def _add_repr(cls) -> None:
        names = [field.name for field in dataclasses.fields(cls) if field.repr]

        def show(self) -> str:
            return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

        cls.__repr__ = show

    def _add_equality(cls, own, frozen) -> None:
        names = [field.name for field in dataclasses.fields(cls) if field.compare]
        key = attrgetter(*names) if names else type

        def equal(self, other) -> bool:
            return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

        def digest(self) -> int:
            return hash(key(self))

        def remembered(self) -> int:
            try:
                return self._hash
            except AttributeError:
                found = self._hash = digest(self)
                return found

        if "__eq__" not in own:
            cls.__eq__ = equal
        # A class body that defines __eq__ alone has a __hash__ of None, which Python put there.
        if vars(cls).get("__hash__") is None:
            cls.__hash__ = (remembered if issubclass(cls, Hashed) else digest) if frozen else None


__all__ = ["Hashed", "dataclass"]
