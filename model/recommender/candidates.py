"""Which products to choose among after a history, and what each part says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .measure import Score, Scores, without_seen
from .sequences import History

_BEST = 100  # of each part
_ROUNDING = 1e-3  # of a score, and a hundredth of that of the best one
_LEAST = 1e-3  # a share of the best score below this says no more
PER_PART = 3
_BATCH = 500


@dataclass(frozen=True)
class Candidates:
    """For each history the products to choose among.

    `places` (histories, most) with 0 where a row has no more. `signals` (histories, most, PER_PART x parts
    + 1): of each part the root of its score, which tells how sure it is, the logarithm of the score's share
    of the row's best, and that of the rank; at the end the logarithm of the history's length.
    """

    places: NDArray[np.int64]
    signals: Scores


def batches(parts: Mapping[str, Score], histories: Sequence[History]) -> Iterator[Candidates]:
    """Candidates of all histories, some at a time: the best of each part, of those that are not seen.

    Args:
        parts: their scores must not be negative.
    """
    for start in range(0, len(histories), _BATCH):
        some = histories[start : start + _BATCH]
        scores = [unseen(part(some), some) for part in parts.values()]
        places = chosen(scores)
        own = [np.take_along_axis(part, places, 1) for part in scores]
        yield Candidates(places, signals(own, places, some))


def unseen(scores: Scores, histories: Sequence[History]) -> Scores:
    """A copy, in which place 0 and what each history holds score nothing."""
    return np.maximum(without_seen(np.array(scores, np.float32), histories), 0)


def chosen(scores: Sequence[Scores]) -> NDArray[np.int64]:
    """See Candidates.places.

    Args:
        scores: of each part, (histories, all places), seen products below 0 or at it.
    """
    among = np.zeros(scores[0].shape, bool)
    for part in scores:
        best = np.argpartition(-part, min(_BEST, part.shape[1]) - 1, axis=1)[:, :_BEST]
        # What a part does not speak for at all is not its candidate.
        rows, at = np.nonzero(np.take_along_axis(part, best, 1) > 0)
        among[rows, best[rows, at]] = True
    counts = among.sum(1)
    places = np.zeros((len(among), max(1, counts.max())), np.int64)
    rows, found = np.nonzero(among)
    places[rows, np.concatenate([np.arange(count) for count in counts])] = found
    return places


def signals(scores: Sequence[Scores], places: NDArray[np.int64], histories: Sequence[History]) -> Scores:
    """See Candidates.signals.

    Args:
        scores: of each part (histories, most), of the candidates.
        places: of the candidates, 0 where there is none.
    """
    found = []
    for own in scores:
        # The best of all products is a candidate.
        share = own / np.maximum(own.max(1, keepdims=True), 1e-12)
        found += [np.sqrt(own), np.log(share + _LEAST), np.log1p(_above(np.where(places > 0, own, -1)))]
    lengths = np.log([len(history) for history in histories])
    found.append(np.broadcast_to(lengths[:, None], places.shape))
    return np.stack(found, -1).astype(np.float32)


def _above(scores: Scores) -> NDArray[np.int64]:
    """How many of the row score higher. Those that only rounding tells apart are equal and share it.

    Else their order in the file, or who else is asked about, would decide.
    """
    order = np.argsort(-scores, axis=1)
    best_first = np.take_along_axis(scores, order, 1)
    noise = _ROUNDING * (np.abs(best_first) + 1e-2 * best_first[:, :1])
    lower = np.diff(best_first, axis=1, prepend=np.inf) < -noise
    first = np.maximum.accumulate(np.where(lower, np.arange(scores.shape[1]), 0), axis=1)
    found = np.empty_like(first)
    np.put_along_axis(found, order, first, 1)
    return found
