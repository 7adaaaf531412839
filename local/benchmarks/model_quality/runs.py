"""A run's results with what they have to be read with, as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .rows import Results

_VERSION = 1


class UnreadableRun(RuntimeError):
    """A file is no run, or one of another model; the message names the file."""


@dataclass
class Run:
    """Results of one model and what they have to be read with: strings by name."""

    about: dict[str, str]
    results: Results = field(default_factory=Results)

    def write(self, path: Path) -> None:
        """Keep it, as a whole or not at all."""
        document = {"version": _VERSION, "about": self.about, **self.results.as_json()}
        new = path.with_name(path.name + ".new")
        new.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        new.replace(path)

    @classmethod
    def read(cls, path: Path) -> Run:
        """Raises UnreadableRun."""
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != _VERSION:
                raise UnreadableRun(f"{path} is of version {document['version']}, not {_VERSION}")
            return cls({**document["about"]}, Results.from_json(document))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableRun(f"{path} holds no results of this benchmark: {error!r}") from error
