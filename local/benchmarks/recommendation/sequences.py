"""The files of histories (Amazon reviews of 2014, as S3-Rec prepared them), and their texts as vectors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from local.benchmarks.recommendation.parts import Setting
from local.processes import ShopError
from model.recommender.measure import Scores
from model.recommender.parts import Texts
from model.recommender.sequences import BadFile, Sequences, read_sequences, read_texts
from model.recommender.texts import embedded

FILES = {
    "Beauty": ("sequences/Beauty.txt", "sequences/beauty_items.jsonl"),
    "Toys": ("sequences/Toys_and_Games.txt", "sequences/toys_items.jsonl"),
}
_QUICK_CUSTOMERS = 400


@dataclass(frozen=True, eq=False)
class Histories:
    """One file. `shelves`: brand and category of each place, where the file has them."""

    name: str
    sequences: Sequences
    texts: Texts
    shelves: list[tuple[str, str] | None]

    @property
    def vectors(self) -> Scores:
        """(places, size), of length 1 or, without a text, 0."""
        return self.texts.vectors

    @property
    def before_test(self) -> list[np.ndarray]:
        """What may be learned from: every history without its test product."""
        long = [history[:-1] if len(history) > 2 else history for history in self.sequences.histories]
        return [history for history in long if len(history)]


def require(setting: Setting) -> None:
    """Raises Missing unless every file is there: found out before anything is measured for an hour."""
    for name in FILES:
        for file in FILES[name]:
            setting.file(file)


@lru_cache
def read(name: str, setting: Setting) -> Histories:
    """Reads a file and embeds its texts. Raises Missing, ShopError."""
    histories, items = (setting.file(file) for file in FILES[name])
    try:
        sequences = read_sequences(histories)
        if setting.quick:
            sequences = few(sequences, _QUICK_CUSTOMERS)
        texts = read_texts(items, sequences.numbers)
    except BadFile as error:
        raise ShopError(str(error)) from error
    setting.progress.say(f"{name}: {len(sequences.histories):,} histories, {sequences.places - 1:,} products")
    return Histories(name, sequences, embedded(texts, setting.progress.say), _shelves(items, sequences))


def few(sequences: Sequences, customers: int) -> Sequences:
    """The first customers only, and their products renumbered."""
    kept = sequences.histories[:customers]
    places = np.unique(np.concatenate([np.zeros(1, np.int64), *kept]))
    return Sequences([np.searchsorted(places, history) for history in kept], sequences.numbers[places])


def _shelves(items: Path, sequences: Sequences) -> list[tuple[str, str] | None]:
    """Attributes name the brand first and the narrowest category last; a file may have none."""
    found: list[tuple[str, str] | None] = [None] * sequences.places
    places = {int(number): place for place, number in enumerate(sequences.numbers)}
    for line in items.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        attributes = row.get("attributes") or []
        if len(attributes) > 1 and row["item"] in places:
            found[places[row["item"]]] = attributes[0], attributes[-1]
    return found
