"""The file of results: each part's own, with what it has to be read with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local.processes import ShopError

_VERSION = 1

Part = dict[str, Any]


class Results:
    """What has been measured so far, by part: `about` (when, how, on what) and `found`.

    Args:
        path: the file; made when the first part is put.
        size: `full` or `quick`. A file holds one of the two: they do not compare.

    Raises:
        ShopError: if the file holds something else.
    """

    def __init__(self, path: Path, size: str) -> None:
        self._path, self._size = path, size
        self.parts: dict[str, Part] = {}
        if path.is_file():
            self.parts = _read(path, size)

    def put(self, name: str, about: dict[str, Any], found: dict[str, Any]) -> None:
        """Keep a part in place of what it was, as a whole or not at all; all other parts stay.

        Read again first: another run may have kept another part meanwhile.
        """
        if self._path.is_file():
            self.parts = _read(self._path, self._size)
        self.parts[name] = {"about": about, "found": found}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        document = {"version": _VERSION, "size": self._size, "parts": self.parts}
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        new.replace(self._path)


def _read(path: Path, size: str) -> dict[str, Part]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        version, kept = document["version"], document["size"]
        parts = {
            name: {"about": part["about"], "found": part["found"]} for name, part in document["parts"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShopError(f"{path} holds no results of this benchmark: {error!r}") from error
    if version != _VERSION:
        raise ShopError(f"{path} is of version {version}, not {_VERSION}")
    if kept != size:
        raise ShopError(f"{path} holds {kept} results, not {size} ones: choose another file with --json")
    return parts
