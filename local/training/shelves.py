"""What the invented shop sells: its shelves, and what its goods say of themselves (`shelves.jsonl`).

None of these shelves is one of the sample shop's (`local/sample`), which stays unseen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("shelves.jsonl")
# One shelf in so many is kept out of training: the loss on it tells whether more than names was learnt.
_HELD_OUT = 7


@dataclass(frozen=True)
class Shelf:
    """A kind of product.

    Attributes:
        category: as a product's `product_type`.
        things: what products of it are called.
        attributes: by name what they may be: of values parted by `/` one is taken, `4-12 L` is a whole number
            in that range, `0.4-1.8 kg` one with a decimal.
        highlights: beginning with `+` for a thing the product has, `=` for what it is, `>` for what it does.
    """

    category: str
    things: Sequence[str]
    attributes: Mapping[str, str]
    highlights: Sequence[str]


def shelves(*, held_out: bool) -> list[Shelf]:
    """The shelves for training, or those kept out of it for validation."""
    table = [Shelf(**json.loads(line)) for line in _FILE.read_text(encoding="utf-8").splitlines()]
    return [shelf for at, shelf in enumerate(table) if (at % _HELD_OUT == _HELD_OUT - 1) is held_out]
