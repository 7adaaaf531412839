"""Whether a new recommender may take the place of the one in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .measure import Ranks, Score, gains, hit_rate, ndcg, ranks
from .sequences import Cases
from .trained import TrainedRecommender

_SURE = 1.645  # standard errors: one side, 95 %
_FEW = 50  # cases, below which two recommenders are not told apart


@dataclass(frozen=True)
class Judgement:
    """`publish` or not, and `why`; `measured` holds HR@10 and NDCG@10 of each that was compared."""

    publish: bool
    why: str
    measured: dict[str, Any]


def judged(
    new: Score,
    popularity: Score,
    cases: Cases,
    ids: Sequence[str],
    current: TrainedRecommender | None = None,
    unseen: Cases | None = None,
) -> Judgement:
    """A new one must find more than popularity does, and not surely less than the current one.

    Args:
        new: places as in `ids`.
        popularity: what the shop would show without it.
        cases: which neither has seen.
        ids: product ids by place.
        current: the one in use.
        unseen: those of the cases that it has not learned from.
    """
    ours, plain = ranks(new, cases), ranks(popularity, cases)
    measured: dict[str, Any] = {"cases": len(cases.targets), "new": _row(ours), "popularity": _row(plain)}
    if gains(ours).mean() < gains(plain).mean():
        return Judgement(False, _said("popularity finds more", ours, plain), measured)
    if current is None:
        return Judgement(True, "it finds more than popularity, and there is none in use", measured)
    if unseen is None or len(unseen.targets) < _FEW:
        few = 0 if unseen is None else len(unseen.targets)
        return Judgement(
            True,
            f"it finds more than popularity; only {few} histories went on since the one in use was made, "
            f"too few to compare the two ({_FEW})",
            measured,
        )
    here, there = ranks(new, unseen), _ranks_of(current, unseen, ids)
    measured |= {"unseen_cases": len(here), "new_on_unseen": _row(here), "current_on_unseen": _row(there)}
    difference = gains(here) - gains(there)
    error = float(difference.std()) / len(difference) ** 0.5
    if difference.mean() + _SURE * error < 0:
        return Judgement(False, _said("the one in use finds more", here, there), measured)
    return Judgement(True, _said("it does not find less than the one in use", here, there), measured)


def _ranks_of(current: TrainedRecommender, cases: Cases, ids: Sequence[str]) -> Ranks:
    """Its ranks of the targets: infinity for what it does not know."""
    found = np.full(len(cases.targets), np.inf)
    known, histories, targets = [], [], []
    for at, history in enumerate(cases.histories):
        read = current.places([ids[place] for place in history])
        target = current.places([ids[cases.targets[at]]])
        if len(read) and len(target):
            known.append(at)
            histories.append(read)
            targets.append(target[0])
    if known:
        found[known] = ranks(current.scores, Cases(histories, np.array(targets)))
    return found


def _row(rank: Ranks) -> dict[str, float]:
    return {"hr@10": round(hit_rate(rank).mean, 5), "ndcg@10": round(ndcg(rank).mean, 5)}


def _said(what: str, new: Ranks, other: Ranks) -> str:
    return (
        f"{what}: NDCG@10 {gains(new).mean():.4f} of the new one, {gains(other).mean():.4f} of the other, "
        f"{len(new)} histories"
    )
