"""Ranks among all products, and the means of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model.recommender.measure import hit_rate, ndcg, ranks
from model.recommender.sequences import Cases

SCORES = np.array([[9.0, 8.0, 5.0, 5.0, 5.0, 7.0, 1.0]], np.float32)


def rank(target: int, seen: list[int], scores: np.ndarray = SCORES) -> float:
    return float(ranks(lambda _: scores, Cases([np.array(seen)], np.array([target])))[0])


def test_place_0_and_what_was_seen_are_no_competitors() -> None:
    assert rank(5, seen=[1]) == 0
    assert rank(5, seen=[6]) == 1


def test_products_scored_alike_share_the_middle_of_their_places() -> None:
    assert rank(3, seen=[1]) == 2  # after 5, with 2 and 4 beside it


def test_a_target_that_was_seen_is_missed() -> None:
    assert hit_rate(ranks(lambda _: SCORES, Cases([np.array([5, 1])], np.array([5])))).mean == 0


def test_a_score_that_is_no_number_is_a_fault() -> None:
    with pytest.raises(ValueError, match="not a number"):
        rank(3, seen=[1], scores=np.full((1, 7), np.nan, np.float32))


def test_more_cases_than_fit_into_one_call() -> None:
    count = 2500
    cases = Cases([np.array([1])] * count, np.full(count, 5))
    found = ranks(lambda histories: np.tile(SCORES, (len(histories), 1)), cases)
    assert found.shape == (count,)
    assert not found.any()


def test_means_and_their_intervals() -> None:
    found = np.array([0.0, 9, 10, 500])
    assert hit_rate(found).mean == 0.5
    assert ndcg(found).mean == pytest.approx((1 + 1 / math.log2(11)) / 4)
    many = hit_rate(np.tile(found, 2500))
    assert (many.low, many.high) == pytest.approx((0.5 - 0.0098, 0.5 + 0.0098), abs=1e-4)
    assert hit_rate(np.zeros(4)).high == 1
