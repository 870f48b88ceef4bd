"""Files of tensors in the safetensors format: a length, a JSON header, raw numbers. Reading one never runs code.

Read and written here with numpy alone, so that nothing has to be installed to use a model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from slpvec.errors import InputError, SourceSpan

Tensor = NDArray[Any]
_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8"), "U8": np.dtype("u1")}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_LONGEST_HEADER = 100_000_000


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Writes float32, int64 and uint8 tensors, whole or not at all. The same input gives the same bytes."""
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    parts: list[bytes] = []
    start = 0
    # Widest numbers first, so that all of them are aligned.
    for name in sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name)):
        data = np.ascontiguousarray(tensors[name]).tobytes()
        shape = list(tensors[name].shape)
        kind = _NAMES[tensors[name].dtype.newbyteorder("<")]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, start + len(data)]}
        parts.append(data)
        start += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(b"".join((len(text).to_bytes(8, "little"), text, *parts)))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A file's tensors and metadata. InputError if it can't be read, is cut off or is no such file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), hint="name a file that exists", span=_span(path)) from None
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(len(data) - 8, _LONGEST_HEADER):
        _refuse(path, "it is too short")
    try:
        header = json.loads(data[8 : 8 + size])
        metadata = header.pop("__metadata__", {})
        body = memoryview(data)[8 + size :]
        tensors = {name: _tensor(body, entry) for name, entry in header.items()}
        return tensors, {str(key): str(value) for key, value in metadata.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        _refuse(path, str(error) or type(error).__name__)


def _tensor(body: memoryview, entry: Mapping[str, Any]) -> Tensor:
    dtype = _TYPES[entry["dtype"]]
    start, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not 0 <= start <= end <= len(body):
        raise ValueError("it is cut off")
    found: Tensor = np.frombuffer(body[start:end], dtype).reshape(shape).copy()
    return found


def _span(path: Path) -> SourceSpan:
    return SourceSpan(str(path))


def _refuse(path: Path, reason: str) -> NoReturn:
    hint = "name a file that slpvec wrote"
    raise InputError(f"not a safetensors file: {' '.join(reason.split())}", hint=hint, span=_span(path))
