"""What every recommender has to pass, popularity included."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from model.recommender.learning import Learning
from model.recommender.measure import Score, Scores, without_seen
from model.recommender.parts import Parts
from model.recommender.popularity import Popularity
from model.recommender.reranker import learned
from model.recommender.sequences import Cases, History
from model.recommender.transitions import Transitions, near
from tests.model.recommender import ring

HISTORY = np.array([9, 10, 11])
OTHERS = [np.array([3]), np.array([5, 6, 7, 8, 9, 10]), HISTORY, np.array([12, 1])]


class Recommender(NamedTuple):
    """What it scores with, and the product that it alone should put first after HISTORY."""

    score: Score
    right: int


@cache
def recommenders(seed: int = 1) -> dict[str, Recommender]:
    learned_from, cases = ring.histories(), ring.validation()
    learning = Learning(learned_from, ring.PLACES, ring.texts().vectors, seed=seed, settings=ring.SMALL)
    network = learning.until_best(cases)
    parts = Parts.of(learned_from, ring.PLACES, ring.texts(), network).scores()
    following = np.array([ring.next_of(HISTORY)])
    right = {"popularity": ring.LONER, "transitions, two steps": ring.next_of(following)}
    parts["all together"] = learned(dict(parts), cases).scores
    return {name: Recommender(score, right.get(name, ring.next_of(HISTORY))) for name, score in parts.items()}


@pytest.fixture(params=["popularity", "transitions", "transitions, two steps", "text", "Transformer",
                        "all together"])  # fmt: skip
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
    first = recommenders()["Transformer"].score(OTHERS)
    recommenders.cache_clear()
    np.testing.assert_allclose(recommenders()["Transformer"].score(OTHERS), first, rtol=1e-3, atol=1e-6)


def test_what_comes_first_in_the_file_says_nothing() -> None:
    # All targets are the later of two products that no part tells apart.
    cases = Cases([np.array([1])] * 200, np.full(200, 3))

    def alike(some: Sequence[History]) -> Scores:
        return np.tile(np.array([0, 0, 0.5, 0.5, 0.1], np.float32), (len(some), 1))

    scores = learned({"alike": alike}, cases).scores(cases.histories[:1])[0]
    assert scores[2] == scores[3] > scores[4]


def test_products_that_no_part_speaks_for_come_last() -> None:
    places = 3000

    def hint(some: Sequence[History]) -> Scores:
        return np.tile(np.where((np.arange(places) >= 2) & (np.arange(places) < 12), 0.5, 0), (len(some), 1))

    cases = Cases([np.array([1])] * 100, np.random.default_rng(5).integers(2, 12, 100))
    scores = learned({"hint": hint}, cases).scores(cases.histories[:1])[0]
    assert scores[2:12].min() > scores[12:].max()


def test_the_reranker_trusts_the_part_that_is_right() -> None:
    cases = ring.validation()
    right = np.zeros((ring.PLACES, ring.PLACES), np.float32)
    for product in range(1, ring.RING + 1):
        right[product, ring.next_of(np.array([product]))] = 1
    together = learned(
        {
            "wrong": lambda histories: 1 - right[[history[-1] for history in histories]],
            "right": lambda histories: right[[history[-1] for history in histories]],
        },
        cases,
    )
    scores = without_seen(together.scores(cases.histories), cases.histories)
    assert (scores.argmax(1) == cases.targets).all()


def test_nothing_to_learn_the_order_from_is_no_error() -> None:
    popularity = Popularity(np.array([0, 1, 2, 3], np.float32))
    cases = Cases([np.array([1, 2])], np.array([1]))  # the only target was seen: no candidate
    assert learned({"popularity": popularity.scores}, cases).scores([np.array([1])]).shape == (1, 4)


def test_only_the_nearest_are_kept() -> None:
    busy = [np.array([1, other]) for other in range(2, 300)] + [np.array([1, 2])]
    kept = near(busy, 300)
    assert kept.sum(1)[1] > 0
    assert kept[[1]].nnz == 100
    assert Transitions(kept).scores([np.array([1])], decay=0.6)[0].argmax() == 2
