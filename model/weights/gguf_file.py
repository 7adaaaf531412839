"""A GGUF file as it lies on disk: its settings, its directory of tensors, and their bytes.

Versions 2 and 3, little endian. Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True)
class Tensor:
    """`shape` is rows last to first as numpy has it; `kind` is ggml's; `start` counts from the data."""

    name: str
    shape: tuple[int, ...]
    kind: int
    start: int


class GGUFFile:
    """`fields` by key; `tensors` by name; `settings` are the fields' own bytes."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError if it is no such file, or ends early."""
        self.path = path
        self._raw: Bytes = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
        self._view = memoryview(self._raw)  # type: ignore[arg-type]
        self._place = 0
        try:
            self._read()
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name}: not a whole GGUF file") from error

    def _read(self) -> None:
        magic, version, tensors, fields = struct.unpack_from("<4sIQQ", self._view)
        if magic != b"GGUF" or version not in (2, 3):
            raise ValueError(f"{self.path.name}: not a GGUF file of version 2 or 3")
        self._place = 24
        self.fields: dict[str, Any] = {}
        for _ in range(fields):
            key = self._string()
            self.fields[key] = self._value(self._number("I"))
        self.settings = self._raw[24 : self._place]
        self.tensors: dict[str, Tensor] = {}
        for _ in range(tensors):
            name = self._string()
            shape = tuple(self._number("Q") for _ in range(self._number("I")))[::-1]
            self.tensors[name] = Tensor(name, shape, self._number("I"), self._number("Q"))
        self.alignment = int(self.fields.get("general.alignment", 32))
        self._data = -(-self._place // self.alignment) * self.alignment

    def data(self, tensor: Tensor, size: int) -> Bytes:
        """The tensor's bytes. Raises ValueError if the file ends before them."""
        start = self._data + tensor.start
        if start + size > len(self._raw):
            raise ValueError(f"{self.path.name}: ends inside {tensor.name}")
        return self._raw[start : start + size]

    def _number(self, layout: str) -> Any:
        (number,) = struct.unpack_from(f"<{layout}", self._view, self._place)
        self._place += struct.calcsize(f"<{layout}")
        return number

    def _string(self) -> str:
        length = self._number("Q")
        text = str(self._view[self._place : self._place + length], "utf-8")
        self._place += length
        return text

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._number(_SCALARS[kind])
        inner, count = self._number("I"), self._number("Q")
        if inner in (_STRING, _ARRAY):
            return [self._value(inner) for _ in range(count)]
        layout = f"<{count}{_SCALARS[inner]}"
        values = struct.unpack_from(layout, self._view, self._place)
        self._place += struct.calcsize(layout)
        return list(values)
