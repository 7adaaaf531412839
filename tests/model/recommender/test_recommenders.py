"""What every recommender has to pass, popularity included."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import pytest

from model.recommender.blend import Blend
from model.recommender.measure import Score, Scores, without_seen
from model.recommender.next_product import NextProduct, Settings
from model.recommender.popularity import Popularity
from model.recommender.sequences import Cases, History
from model.recommender.text_likeness import TextLikeness
from model.recommender.transitions import Transitions
from tests.model.recommender import ring

HISTORY = np.array([9, 10, 11])
OTHERS = [np.array([3]), np.array([5, 6, 7, 8, 9, 10]), HISTORY, np.array([12, 1])]


class Recommender(NamedTuple):
    """What it scores with, and the product that it alone should put first after HISTORY."""

    score: Score
    right: int


@cache
def recommenders(seed: int = 1) -> dict[str, Recommender]:
    learned, cases, texts = ring.histories(), ring.validation(), TextLikeness(ring.texts())
    transitions = Transitions(learned, ring.PLACES)
    small = Settings(width=32, dropout=0.1, learning_rate=3e-3, batch=32, epochs=8)
    network = NextProduct(learned, ring.PLACES, ring.texts(), cases, seed=seed, settings=small)
    parts: dict[str, Score] = {
        "popularity": Popularity(learned, ring.PLACES).scores,
        "transitions": partial(transitions.scores, decay=0.6),
        "two steps": partial(transitions.two_steps, decay=0.6),
        "text of the latest": texts.to_latest,
        "text of all": partial(texts.to_all, decay=0.6),
        "transformer": network.scores,
    }
    following = np.array([ring.next_of(HISTORY)])
    right = {"popularity": ring.LONER, "two steps": ring.next_of(following)}
    parts["blend"] = Blend(parts, cases).scores
    return {name: Recommender(score, right.get(name, ring.next_of(HISTORY))) for name, score in parts.items()}


@pytest.fixture(params=["popularity", "transitions", "two steps", "text of the latest", "text of all",
                        "transformer", "blend"])  # fmt: skip
def recommender(request: pytest.FixtureRequest) -> Recommender:
    return recommenders()[request.param]


def test_puts_the_right_product_first(recommender: Recommender) -> None:
    scores = without_seen(np.array(recommender.score([HISTORY])), [HISTORY])
    assert scores[0].argmax() == recommender.right


def test_scores_every_product_with_a_number(recommender: Recommender) -> None:
    scores = recommender.score(OTHERS)
    assert scores.shape == (len(OTHERS), ring.PLACES)
    candidates = without_seen(np.array(scores), OTHERS)
    assert np.isfinite(candidates[~np.isneginf(candidates)]).all()


def test_a_score_does_not_depend_on_who_else_is_asked_about(recommender: Recommender) -> None:
    together, alone = recommender.score(OTHERS)[2], recommender.score([HISTORY])[0]
    np.testing.assert_allclose(together[1:], alone[1:], rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_transformer() -> None:
    first = recommenders()["transformer"].score(OTHERS)
    recommenders.cache_clear()
    np.testing.assert_allclose(recommenders()["transformer"].score(OTHERS), first, rtol=1e-3, atol=1e-6)


def test_a_product_without_text_is_like_nothing() -> None:
    scores = TextLikeness(ring.texts()).to_latest([HISTORY])
    assert scores[0, ring.LONER] == 0


def test_the_blend_does_not_put_first_what_no_part_speaks_for() -> None:
    places, draw = 3000, np.random.default_rng(5)
    histories = [np.array([1])] * 300
    targets = draw.integers(2, 12, 300)

    def hint(some: Sequence[History]) -> Scores:
        return np.tile(np.where((np.arange(places) >= 2) & (np.arange(places) < 12), 0.5, 0), (len(some), 1))

    def trap(some: Sequence[History]) -> Scores:  # what it names is never taken
        return np.tile(np.where((np.arange(places) >= 12) & (np.arange(places) < 90), 0.9, 0), (len(some), 1))

    blend = Blend({"hint": hint, "trap": trap}, Cases(histories, targets))
    scores = without_seen(blend.scores(histories[:1]), histories[:1])[0]
    assert scores[2:12].min() > scores[90:].max() > scores[12:90].max()


def test_the_blend_trusts_the_part_that_is_right() -> None:
    cases = ring.validation()
    right = np.zeros((ring.PLACES, ring.PLACES), np.float32)
    for product in range(1, ring.RING + 1):
        right[product, ring.next_of(np.array([product]))] = 1
    blend = Blend(
        {
            "wrong": lambda histories: 1 - right[[history[-1] for history in histories]],
            "right": lambda histories: right[[history[-1] for history in histories]],
        },
        cases,
    )
    weights = blend.weights
    assert sum(weights["right"]) > 0 > sum(weights["wrong"])
    scores = without_seen(blend.scores(cases.histories), cases.histories)
    assert (scores.argmax(1) == cases.targets).all()
