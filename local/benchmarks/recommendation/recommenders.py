"""What `cold_start` and `beyond` compare. To measure another model, change `train` and what it returns.

A recommender here scores: histories to (histories, places), higher is better (see model.recommender.measure).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sparse
import torch

from local.benchmarks.recommendation.item_to_item import ItemToItem
from local.benchmarks.recommendation.parts import Setting
from local.benchmarks.recommendation.sequences import Histories
from model.recommender.evaluate import tuned
from model.recommender.measure import Score
from model.recommender.network import Network
from model.recommender.next_product import NextProduct
from model.recommender.parts import Parts, Texts
from model.recommender.popularity import Popularity
from model.recommender.reranker import Reranked
from model.recommender.sequences import Cases, History
from model.recommender.transitions import Transitions

OURS, PEER, TRANSITIONS, POPULARITY = (
    "Shopwright",
    "EASE + near transitions",
    "transitions alone",
    "popularity",
)


@dataclass(frozen=True)
class Trained:
    """Our recommender, trained: each part, and all together."""

    parts: Parts
    together: Reranked

    def elsewhere(self, texts: Texts) -> Score:
        """The same in another shop: its products are known by their texts alone."""
        places = len(texts.vectors)
        before = self.parts.network.network
        network = Network(np.zeros(places, bool), torch.from_numpy(texts.vectors), before.settings)
        of_products = ("own.weight", "popularity")
        kept = {name: value for name, value in before.state_dict().items() if name not in of_products}
        network.load_state_dict(kept, strict=False)
        nothing = sparse.csr_array((places, places), dtype=np.float32)
        parts = Parts(
            Popularity(np.zeros(places, np.float32)), Transitions(nothing), texts, NextProduct(network)
        )
        return Reranked(parts.scores(), self.together.reranker).scores


def train(
    training: Sequence[History], validation: Cases, texts: Texts, seed: int, say: Callable[[str], None]
) -> Trained:
    """Learned from the training part, tuned on the validation products."""
    return Trained(*tuned(training, validation, len(texts.vectors), texts, seed, say))


def tuning(histories: Sequence[History]) -> tuple[list[History], Cases]:
    """Histories without test products, parted: the last product of each tunes, the rest is learned from."""
    long = [history for history in histories if len(history) > 1]
    learned = [history[:-1] if len(history) > 1 else history for history in histories]
    return learned, Cases([history[:-1] for history in long], np.array([each[-1] for each in long], np.int64))


@dataclass(frozen=True)
class Compared:
    """All that is compared, learned from the same histories."""

    ours: Trained
    methods: dict[str, Score]


def compared(histories: Sequence[History], texts: Texts, seed: int, say: Callable[[str], None]) -> Compared:
    """Trains everything on the histories. The peers need nothing to tune on and learn from all of them but
    the last product of each, as ours does."""
    learned, validation = tuning(histories)
    return _beside(train(learned, validation, texts, seed, say), learned, len(texts.vectors), say)


@lru_cache
def standard(shop: Histories, setting: Setting) -> Compared:
    """Trained on a file's histories less their test products, once for all parts of a run."""

    def say(words: str) -> None:
        setting.progress.say(f"{shop.name}: {words}")

    return _beside(
        trained(shop, setting.seed, setting), shop.sequences.training(), shop.sequences.places, say
    )


@lru_cache
def trained(shop: Histories, seed: int, setting: Setting) -> Trained:
    """Ours, as `python -m model.recommender.evaluate` trains it, once for all parts of a run."""

    def say(words: str) -> None:
        setting.progress.say(f"{shop.name}, seed {seed}: {words}")

    sequences = shop.sequences
    return train(sequences.training(), sequences.validation(), shop.texts, seed, say)


def _beside(ours: Trained, learned: Sequence[History], places: int, say: Callable[[str], None]) -> Compared:
    say("EASE + near transitions")
    peer = ItemToItem(learned, places)
    methods: dict[str, Score] = {
        OURS: ours.together.scores,
        PEER: peer.scores,
        TRANSITIONS: ours.parts.scores()["transitions"],
        POPULARITY: ours.parts.popularity.scores,
    }
    return Compared(ours, methods)
