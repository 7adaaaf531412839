"""What a training run is told, and whether checkpoints that lie there are of the same run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .rows import Row

_NOTE = "run.json"


class OtherRun(Exception):
    """The checkpoints are of a run with other rows or settings; the message says which."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters; `batch` rows are computed together, `accumulate` such batches make a step."""

    epochs: float
    learning_rate: float
    batch: int
    accumulate: int
    rank: int
    alpha: int
    dropout: float
    warmup: float
    longest: int
    seed: int
    gradient_checkpointing: bool


def claim(
    checkpoints: Path, settings: Settings, base: str, rows: Sequence[Row], validation: Sequence[Row]
) -> None:
    """Note in the folder which run its checkpoints are of. Raises OtherRun if it is another one's."""
    own = {
        **asdict(settings),
        "base": base,
        "rows": digest(rows),
        "validation": digest(validation),
    }
    note = checkpoints / _NOTE
    if note.is_file():
        theirs = json.loads(note.read_text(encoding="utf-8"))
        told = [
            f"{key} {theirs.get(key)}, now {value}" for key, value in own.items() if theirs.get(key) != value
        ]
        if told:
            raise OtherRun(
                f"{checkpoints}: holds checkpoints of another run ({'; '.join(told)}); "
                "delete them or give another --checkpoints"
            )
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    # Written whole or not at all: a run may be killed at any time.
    part = note.with_suffix(".part")
    part.write_text(json.dumps(own, indent=2) + "\n", encoding="utf-8")
    part.rename(note)


def digest(rows: Sequence[Row]) -> str:
    """The same for the same tokens in the same order."""
    return hashlib.sha256(json.dumps([row.tokens for row in rows]).encode()).hexdigest()[:16]


def newest_whole(checkpoints: Path) -> Path | None:
    """The newest checkpoint that was written to its end; None if there is none."""
    found = sorted(
        (path for path in checkpoints.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit()),
        key=lambda path: -int(path.name.rpartition("-")[2]),
    )
    return next((path for path in found if _whole(path)), None)


def _whole(checkpoint: Path) -> bool:
    # The trainer writes its state last.
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
