"""How good a recommender is: the next product's rank among all, leave one out.

Seen products are taken out of the list; products scored alike share the middle of their places. Hit rate and
NDCG as in Krichene and Rendle, "On Sampled Metrics for Item Recommendation" (2020): all products ranked, none
sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .sequences import Cases, History

Scores = NDArray[np.float32]
Ranks = NDArray[np.float64]
Score = Callable[[Sequence[History]], Scores]
"""Histories to scores: (histories, places), higher is better."""


class Part(Protocol):
    """A Score that may be asked about some places only."""

    def __call__(self, histories: Sequence[History], places: History | None = None) -> Scores:
        """(histories, places), not negative."""
        ...


_BATCH = 1000


@dataclass(frozen=True)
class Measured:
    """A mean over the cases with its 95 % interval (normal approximation)."""

    mean: float
    low: float
    high: float


def without_seen(scores: Scores, histories: Sequence[History]) -> Scores:
    """The same array, with place 0 and what each history holds at minus infinity."""
    scores[:, 0] = -np.inf
    rows = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    scores[rows, np.concatenate(histories)] = -np.inf
    return scores


def ranks(score: Score, cases: Cases) -> Ranks:
    """Each target's rank, 0 for the first; infinity where it was taken out of the list."""
    found = []
    for start in range(0, len(cases.histories), _BATCH):
        histories = cases.histories[start : start + _BATCH]
        targets = cases.targets[start : start + _BATCH]
        scores = without_seen(np.array(score(histories), np.float32), histories)
        if np.isnan(scores).any():
            raise ValueError("a score is not a number")
        own = scores[np.arange(len(histories)), targets][:, None]
        rank = (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2
        found.append(np.where(np.isneginf(own[:, 0]), np.inf, rank))
    return np.concatenate(found)


def hit_rate(rank: Ranks, top: int = 10) -> Measured:
    """Share of targets among the first `top`."""
    return _mean((rank < top).astype(np.float64))


def ndcg(rank: Ranks, top: int = 10) -> Measured:
    """1 / log2(rank + 2) of targets among the first `top`, else 0."""
    return _mean(gains(rank, top))


def gains(rank: Ranks, top: int = 10) -> Ranks:
    """What each target adds to NDCG."""
    found: Ranks = np.where(rank < top, 1 / np.log2(rank + 2), 0.0)
    return found


def _mean(values: NDArray[np.float64]) -> Measured:
    mean = float(values.mean())
    error = 1.96 * float(values.std()) / len(values) ** 0.5
    return Measured(mean, max(0.0, mean - error), min(1.0, mean + error))
