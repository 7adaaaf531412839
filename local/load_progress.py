"""How far a load has got: noted in a file, so that it can go on later, and shown while it runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ProgressError(Exception):
    """The notes cannot be read or written; the message says why."""


@dataclass
class Note:
    """How far a file has got: its first `lines` lines are done."""

    lines: int = 0
    loaded: int = 0
    skipped: int = 0


class Notebook:
    """Notes of how far each file has got, in a JSON file. One of another file or shop is not believed.

    Args:
        path: where they are kept; one file's note is removed when it is through, the file when it is empty.
        restart: begin anew, whatever is noted.
    """

    def __init__(self, path: Path, *, restart: bool) -> None:
        self._path = path
        self._notes: dict[str, Any] = {}
        if path.exists() and not restart:
            try:
                notes = json.loads(path.read_text())
                self._notes = {kind: notes[kind] for kind in notes if Note(**notes[kind]["done"])}
            except (ValueError, TypeError, KeyError) as error:
                raise ProgressError(f"{path} holds no progress notes; use --restart to begin anew") from error

    def get(self, kind: str, mark: str) -> Note:
        """The note of that kind of file, an empty one if its mark is another."""
        noted = self._notes.get(kind)
        return Note(**noted["done"]) if noted and noted["mark"] == mark else Note()

    def put(self, kind: str, mark: str, note: Note) -> None:
        """Keep it, as a whole or not at all."""
        self._notes[kind] = {"mark": mark, "done": vars(note)}
        self._write()

    def remove(self, kind: str) -> None:
        """The file is through."""
        self._notes.pop(kind, None)
        self._write()

    def _write(self) -> None:
        try:
            if not self._notes:
                self._path.unlink(missing_ok=True)
                return
            new = self._path.with_name(f"{self._path.name}.new")
            new.write_text(json.dumps(self._notes))
            new.replace(self._path)
        except OSError as error:
            raise ProgressError(
                f"progress cannot be noted in {self._path} ({error.strerror}); name another file with --state"
            ) from error


def mark_of(path: Path, url: str) -> str:
    """The same only for the same file, going to the same shop."""
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(65_536)).hexdigest()[:16]
    return f"{path.name} {path.stat().st_size} {head} {url}"


def count_lines(path: Path) -> int:
    """How many line ends the file has."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


class Bar:
    """A progress bar in a terminal; when piped, a line a tenth."""

    def __init__(self, kind: str, total: int, console: Console) -> None:
        self._kind = kind
        self._total = max(1, total)
        self._console = console
        self._tenths = 0
        self._task: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Bar:
        self._progress.start()
        self._task = self._progress.add_task(f"{self._kind} (lines)", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def at(self, lines: int) -> None:
        """Shows that the first `lines` lines are done."""
        assert self._task is not None
        self._progress.update(self._task, completed=min(lines, self._total))
        tenths = 10 * lines // self._total
        if not self._console.is_terminal and tenths > self._tenths:
            self._tenths = tenths
            self._console.print(f"{self._kind}: {min(lines, self._total)} of {self._total} lines")
