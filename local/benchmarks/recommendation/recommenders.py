"""What `cold_start` and `beyond` compare. To measure another model, change `train` and what it returns.

A recommender here scores: histories to (histories, places), higher is better (see model.recommender.measure).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

import numpy as np
import torch
from torch import nn

from local.benchmarks.recommendation.item_to_item import ItemToItem
from local.benchmarks.recommendation.parts import Setting
from local.benchmarks.recommendation.sequences import Histories
from model.recommender.blend import Blend
from model.recommender.evaluate import trained
from model.recommender.measure import Score, Scores
from model.recommender.next_product import Network, NextProduct
from model.recommender.popularity import Popularity
from model.recommender.sequences import Cases, History, Sequences
from model.recommender.transitions import Transitions

OURS, PEER, TRANSITIONS, POPULARITY = (
    "Shopwright",
    "EASE + near transitions",
    "transitions alone",
    "popularity",
)


class Trained(Protocol):
    """Our recommender, trained."""

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places)."""
        ...

    def elsewhere(self, vectors: Scores) -> Score:
        """The network in another shop: its products are known by their texts alone."""
        ...


def train(histories: Sequence[History], vectors: Scores, seed: int, say: Callable[[str], None]) -> Trained:
    """Everything that may be learned from; the last product of each history tunes, the rest is learned."""
    known = _Known(list(histories), np.arange(len(vectors)))
    parts = trained(known, vectors, seed, say)
    network = getattr(parts["Transformer"], "__self__")  # noqa: B009 - a bound method's owner
    return _Blended(Blend(parts, known.validation()), network)


@dataclass(frozen=True)
class _Known(Sequences):
    """Histories without test products: so one product less is held back than usual."""

    def training(self) -> list[History]:
        return [history[:-1] if len(history) > 1 else history for history in self.histories]

    def validation(self) -> Cases:
        long = [history for history in self.histories if len(history) > 1]
        return Cases(
            [history[:-1] for history in long], np.array([history[-1] for history in long], np.int64)
        )


@dataclass(frozen=True)
class _Blended:
    blend: Blend
    network: NextProduct

    def scores(self, histories: Sequence[History]) -> Scores:
        return self.blend.scores(histories)

    def elsewhere(self, vectors: Scores) -> Score:
        before = self.network._network
        there = Network(len(vectors), torch.from_numpy(vectors), self.network._settings)
        of_products = ("own.weight", "popularity")
        kept = {name: value for name, value in before.state_dict().items() if name not in of_products}
        there.load_state_dict(kept, strict=False)
        nn.init.zeros_(there.own.weight)
        moved = copy.copy(self.network)
        moved._network = there
        return moved.scores


@dataclass(frozen=True)
class Compared:
    """All that is compared, learned from the same histories."""

    ours: Trained
    methods: dict[str, Score]


def compared(
    histories: Sequence[History], vectors: Scores, seed: int, say: Callable[[str], None]
) -> Compared:
    """Trains everything on the histories. The peers need nothing to tune on and learn from all of them but
    the last product of each, as ours does."""
    places = len(vectors)
    learned = _Known(list(histories), np.arange(places)).training()
    say("EASE + near transitions")
    peer = ItemToItem(learned, places)
    ours = train(histories, vectors, seed, say)
    methods: dict[str, Score] = {
        OURS: ours.scores,
        PEER: peer.scores,
        TRANSITIONS: partial(Transitions(learned, places).scores, decay=0.6),
        POPULARITY: Popularity(learned, places).scores,
    }
    return Compared(ours, methods)


@lru_cache
def standard(shop: Histories, setting: Setting) -> Compared:
    """Trained on a file's histories less their test products, once for all parts of a run."""

    def say(words: str) -> None:
        setting.progress.say(f"{shop.name}: {words}")

    return compared(shop.before_test, shop.vectors, setting.seed, say)
