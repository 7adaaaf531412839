"""What scores of sentences are worth for telling which answers a question, and whether any does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_REFUSED = 0.95  # the share of the questions without an answer that has to be refused

Scores = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Judged:
    """`first`: of the answerable, the share whose best sentence answers. `auc`: the probability that the best
    score of an answerable question is above that of another one. `answered`: the share of the answerable that
    are answered rightly where 95 % of the others are refused.
    """

    questions: int
    answerable: int
    first: float
    auc: float
    answered: float


def judged(scores: Iterable[tuple[Scores, Collection[int]]]) -> Judged:
    """Of questions, each with the scores of its sentences and the places of those that answer."""
    rows = list(scores)
    told = [(float(row.max()), int(row.argmax()) in right) for row, right in rows if right]
    others = np.array([float(row.max()) for row, right in rows if not right])
    best, first = np.array([score for score, _ in told]), np.array([right for _, right in told])
    pairs = (best[:, None] > others).mean() + (best[:, None] == others).mean() / 2
    return Judged(
        questions=len(rows),
        answerable=len(told),
        first=round(float(first.mean()), 3),
        auc=round(float(pairs), 3),
        answered=round(float((first & (best > np.quantile(others, _REFUSED))).mean()), 3),
    )
