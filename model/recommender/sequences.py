"""Customers' histories in a file: one line a customer, `customer product product ...`, oldest first.

Products are whole numbers from 1. Inside, they are renumbered 1, 2, 3 ... in the order of their numbers, so
that gaps between them cost nothing; place 0 stands for no product.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

History = NDArray[np.int64]

# One to learn from, one to tune on, one to test with.
_LEAST = 3


class BadFile(Exception):
    """The file is not what it should be; the message names it, the line and what is wrong there."""


@dataclass(frozen=True)
class Cases:
    """What to recommend after: `histories[i]` was followed by product `targets[i]`."""

    histories: list[History]
    targets: History

    def some(self, most: int) -> Cases:
        """At most so many of them, drawn the same way each time."""
        if len(self.targets) <= most:
            return self
        drawn = np.random.default_rng(0).permutation(len(self.targets))[:most]
        return Cases([self.histories[at] for at in drawn], self.targets[drawn])


@dataclass(frozen=True)
class Sequences:
    """Whole histories, renumbered. `numbers[place]` is a product's number in the file; `numbers[0]` is 0."""

    histories: list[History]
    numbers: History

    @property
    def places(self) -> int:
        """How many products there are, and one for place 0."""
        return len(self.numbers)

    def training(self) -> list[History]:
        """Each history without its last two products; a history of fewer than three whole."""
        return [history[:-2] if len(history) >= _LEAST else history for history in self.histories]

    def validation(self) -> Cases:
        """The last product but one, after all before it."""
        return self._cases(2)

    def test(self) -> Cases:
        """The last product, after all before it."""
        return self._cases(1)

    def _cases(self, left: int) -> Cases:
        long = [history for history in self.histories if len(history) >= _LEAST]
        return Cases(
            [history[:-left] for history in long], np.array([history[-left] for history in long], np.int64)
        )


def read_sequences(path: Path) -> Sequences:
    """The histories in a file. Raises BadFile."""
    rows: list[History] = []
    customers: dict[str, int] = {}
    for number, line in enumerate(_lines(path), 1):
        customer, *products = line.split() or [""]
        if not customer:
            continue
        if customer in customers:
            raise BadFile(
                f"{path}, line {number}: customer {customer} stands in line {customers[customer]} too"
            )
        customers[customer] = number
        for product in products:
            if not (product.isascii() and product.isdecimal() and 0 < int(product) < 2**63):
                raise BadFile(f"{path}, line {number}: {product!r} is no product (a whole number from 1)")
        if not products:
            raise BadFile(f"{path}, line {number}: no product after the customer")
        rows.append(np.array([int(product) for product in products], np.int64))
    if not any(len(row) >= _LEAST for row in rows):
        raise BadFile(
            f"{path}: no line has {_LEAST} products, one each to learn from, to tune on and to test with"
        )
    numbers = np.unique(np.concatenate([np.zeros(1, np.int64), *rows]))
    return Sequences([np.searchsorted(numbers, row) for row in rows], numbers)


def read_texts(path: Path, numbers: History) -> list[str]:
    """What each product is called, by place; empty where the file says nothing of it. Raises BadFile.

    Args:
        path: JSON lines with `item` (a product's number) and `title`, or else `short_name`; `attributes`, a
            list of words, are added. Other fields and other products are passed over.
        numbers: of the sequences.
    """
    texts = [""] * len(numbers)
    places = {int(number): place for place, number in enumerate(numbers)}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadFile(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(row, dict) or not isinstance(row.get("item"), int):
            raise BadFile(f"{path}, line {number}: needs `item`, a product's number")
        place = places.get(row["item"])
        if place:
            texts[place] = _text(row.get("title") or row.get("short_name"), row.get("attributes"))
    return texts


def padded(histories: Sequence[History]) -> NDArray[np.int64]:
    """(histories, longest), filled up with 0 at the end."""
    rows = np.zeros((len(histories), max(map(len, histories))), np.int64)
    for row, history in zip(rows, histories, strict=True):
        row[: len(history)] = history
    return rows


def _text(name: object, attributes: object) -> str:
    words: Sequence[object] = attributes if isinstance(attributes, list) else []
    said = [str(word) for word in words if str(word).strip() and str(word).lower() != "unknown"]
    return "; ".join(part for part in (str(name or "").strip(), ", ".join(said)) if part)


def _lines(path: Path) -> list[str]:
    try:
        # Not splitlines(): a line separator inside a JSON string ends no line.
        return path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: cannot be read (not UTF-8)") from error
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
