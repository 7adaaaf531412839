"""A made-up shop with exactly one right answer: whoever takes a product takes the next one of a ring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.recommender.network import Settings
from model.recommender.parts import Texts
from model.recommender.sequences import Cases, History

RING = 12
LONER = RING + 1  # bought most of all, always alone
PLACES = LONER + 1
SMALL = Settings(width=32, dropout=0.1, learning_rate=3e-3, batch=32, epochs=8)


def histories(count: int = 240, length: int = 6, seed: int = 3) -> list[History]:
    """Customers who start anywhere on the ring, and those who buy the loner."""
    starts = np.random.default_rng(seed).integers(RING, size=count)
    rings = [(start + np.arange(length)) % RING + 1 for start in starts]
    return [*rings, *[np.array([LONER])] * (count * length)]


def next_of(history: History) -> int:
    """The one right answer."""
    return int(history[-1]) % RING + 1


def validation(count: int = 60) -> Cases:
    """Other customers and what they took next."""
    some = [history for history in histories(count, 5, seed=4) if len(history) > 1]
    return Cases(some, np.array([next_of(history) for history in some]))


def texts() -> Texts:
    """Text vectors: products side by side on the ring have texts that are alike; the loner has none."""
    found = np.zeros((PLACES, 2), np.float32)
    found[1 : RING + 1] = text_of(np.arange(RING))
    return Texts("made-up", np.zeros(2, np.float32), found)


def text_of(at: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.float32]:
    """(products, 2): vectors of places on the ring, 0 for the first product; they may lie between two."""
    angles = 2 * np.pi * at / RING
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
