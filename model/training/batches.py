"""Which rows are trained on together, in an order that a resumed run finds again."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from .rows import Row

IGNORED = -100  # the label of a token that no loss is taken of


class Order(torch.utils.data.Sampler[int]):
    """Row numbers so that `size` neighbours mostly have the beginning of their prompts in common.

    Those of one batch share it and its computation (`loss.py`); the batches themselves are shuffled, anew in
    each epoch, and only by seed and epoch.
    """

    def __init__(self, rows: Sequence[Row], size: int, seed: int) -> None:
        self._rows, self._size, self._seed = rows, size, seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Which epoch comes next, from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(f"{self._seed} {self._epoch}")  # noqa: S311
        families = defaultdict(list)
        for place, row in enumerate(self._rows):
            families[row.family].append(place)
        whole: list[list[int]] = []
        rest: list[int] = []
        for places in families.values():
            rng.shuffle(places)
            full = len(places) // self._size * self._size
            whole += [places[at : at + self._size] for at in range(0, full, self._size)]
            rest += places[full:]
        rng.shuffle(whole)
        # What fills no batch of its own family goes last: the last batch may be short.
        for batch in whole:
            yield from batch
        yield from rest


class Tokens(torch.utils.data.Dataset[Row]):
    """The rows as a dataset."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Row:
        return self._rows[place]


def collate(rows: Sequence[Row]) -> dict[str, Any]:
    """A batch of B rows, padded on the right to L tokens.

    Returns:
        `input_ids` (B, L); `labels` (B, L), IGNORED for prompt and padding; `prompts` and `lengths` (B,).
    """
    longest = max(len(row.tokens) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORED)
    for at, row in enumerate(rows):
        tokens[at, : len(row.tokens)] = torch.tensor(row.tokens)
        labels[at, row.prompt : len(row.tokens)] = torch.tensor(row.tokens[row.prompt :])
    return {
        "input_ids": tokens,
        "labels": labels,
        "prompts": torch.tensor([row.prompt for row in rows]),
        "lengths": torch.tensor([len(row.tokens) for row in rows]),
    }
