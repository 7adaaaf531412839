"""Several recommenders as one: a small network puts their candidates in order, as validation shows.

Its loss is the softmax cross-entropy over each list, as in ListNet with one right product: Cao et al.,
"Learning to Rank: From Pairwise Approach to Listwise Approach" (2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .candidates import PER_PART, Candidates, batches
from .measure import Score, Scores
from .sequences import Cases, History

_CASES = 15_000  # learned from, at most
_EPOCHS, _STEPS = 10, 400  # at least both
_BATCH = 128
_WIDTH = 32
_AFTER = -1e6  # the score of whatever is no candidate


class Reranker(nn.Module):
    """(histories, most, signals) -> (histories, most) scores.

    Args:
        parts: how many recommenders give signals.
    """

    middle: Tensor
    spread: Tensor

    def __init__(self, parts: int) -> None:
        super().__init__()
        size = PER_PART * parts + 1
        self.register_buffer("middle", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.layers = nn.Sequential(
            nn.Linear(size, _WIDTH), nn.GELU(), nn.Linear(_WIDTH, _WIDTH), nn.GELU(), nn.Linear(_WIDTH, 1)
        )

    def forward(self, signals: Tensor) -> Tensor:
        found: Tensor = self.layers((signals - self.middle) / self.spread).squeeze(-1)
        return found


class Reranked:
    """All parts as one recommender."""

    def __init__(self, parts: Mapping[str, Score], reranker: Reranker) -> None:
        self.parts, self.reranker = parts, reranker

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places): log odds of being next, up to a constant of each row; all others far below."""
        first = next(iter(self.parts.values()))
        found = np.full((len(histories), first(histories[:1]).shape[1]), _AFTER, np.float32)
        row = 0
        for some in batches(self.parts, histories):
            own = np.where(some.places > 0, self.order(some), _AFTER)
            np.put_along_axis(found[row : row + len(own)], some.places, own, 1)
            row += len(own)
        return found

    def order(self, candidates: Candidates) -> Scores:
        """(histories, most): how likely each candidate is, as `scores` says it."""
        with torch.inference_mode():
            found: Scores = self.reranker(torch.from_numpy(candidates.signals)).numpy()
        return found


def learned(parts: Mapping[str, Score], validation: Cases, seed: int = 1) -> Reranked:
    """The parts put in order so that the validation products stand first.

    Only those cases are learned from whose product is among the candidates.
    """
    cases = validation.some(_CASES)
    places, signals = [], []
    row = 0
    for some in batches(parts, cases.histories):
        targets = cases.targets[row : row + len(some.places)]
        row += len(targets)
        among = (some.places == targets[:, None]).any(1)
        # The target goes first, so that it is the right answer's place.
        first = np.argsort(some.places[among] != targets[among][:, None], axis=1, kind="stable")
        places.append(np.take_along_axis(some.places[among], first, 1))
        signals.append(np.take_along_axis(some.signals[among], first[..., None], 1))
    torch.manual_seed(seed)
    reranker = Reranker(len(parts))
    if sum(map(len, places)):
        _fit(reranker, *_together(places, signals), np.random.default_rng(seed))
    return Reranked(parts, reranker)


def _together(places: Sequence[np.ndarray], signals: Sequence[Scores]) -> tuple[Tensor, Tensor]:
    """All batches' signals, and which of them are of no candidate."""
    most = max(some.shape[1] for some in places)
    wide = [np.pad(some, ((0, 0), (0, most - some.shape[1]))) for some in places]
    deep = [np.pad(some, ((0, 0), (0, most - some.shape[1]), (0, 0))) for some in signals]
    return torch.from_numpy(np.concatenate(deep)), torch.from_numpy(np.concatenate(wide) == 0)


def _fit(reranker: Reranker, signals: Tensor, missing: Tensor, order: np.random.Generator) -> None:
    shown = signals[~missing]
    reranker.middle.copy_(shown.mean(0))
    spread = shown.std(0)
    # What hardly differs here says nothing, and must not become huge where it does differ.
    reranker.spread.copy_(torch.where(spread < 1e-3, 1.0, spread))
    batches_each = -(-len(signals) // _BATCH)
    epochs = max(_EPOCHS, -(-_STEPS // batches_each))
    optimizer = torch.optim.AdamW(reranker.parameters(), lr=2e-3)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1e-3, epochs * batches_each)
    for _ in range(epochs):
        mixed = torch.from_numpy(order.permutation(len(signals)))
        for start in range(0, len(mixed), _BATCH):
            some = mixed[start : start + _BATCH]
            scores = reranker(signals[some]).masked_fill(missing[some], -torch.inf)
            loss = functional.cross_entropy(scores, torch.zeros(len(some), dtype=torch.long))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            slower.step()
