"""The whole recommender: what it suggests and why, new products, and its folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from model.recommender.kept import BadRecommender, load, save
from model.recommender.learning import Learning
from model.recommender.parts import Parts
from model.recommender.reranker import learned
from model.recommender.trained import TrainedRecommender
from tests.model.recommender import ring

IDS = ["", *(f"p-{place}" for place in range(1, ring.PLACES))]


@cache
def trained() -> TrainedRecommender:
    histories, cases = ring.histories(), ring.validation()
    learning = Learning(histories, ring.PLACES, ring.texts().vectors, settings=ring.SMALL)
    parts = Parts.of(histories, ring.PLACES, ring.texts(), learning.until_best(cases))
    return TrainedRecommender("20261125T030000Z", IDS, parts, learned(parts.scores(), cases).reranker)


def test_suggests_the_next_product_best_first() -> None:
    found = trained().best(["p-9", "p-10", "p-11"], limit=4)
    assert found.products[0].product_id == "p-12"
    scores = [each.score for each in found.products]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] < 1
    assert found.known == 3


def test_never_what_the_history_holds_or_is_excluded() -> None:
    found = trained().best(["p-10", "p-11"], limit=50, exclude=["p-12", "no-such"])
    assert not {"p-10", "p-11", "p-12", ""} & {each.product_id for each in found.products}


def test_unknown_products_are_passed_over() -> None:
    assert trained().best(["gone"], limit=5).products == []
    found = trained().best(["p-11", "gone"], limit=5)
    assert found.known == 1
    assert found.products == trained().best(["p-11"], limit=5).products


def test_the_score_falls_by_what_is_told_if_the_evidence_is_taken_away() -> None:
    history = ["p-3", "p-10", "p-11"]
    whole = {each.product_id: each for each in trained().best(history, limit=50, explain=3).products}
    best = whole["p-12"]
    assert list(best.because) == ["p-11", "p-10", "p-3"]
    assert min(best.because, key=lambda key: best.because[key]) == "p-3"  # the ring's other side
    compared = 0
    for taken in history:
        # The same candidates: what is taken out stays unseen, as the full request has it.
        left = [each for each in history if each != taken]
        without = trained().best(left, limit=50, exclude=[taken]).products
        again = {each.product_id: each.score for each in without}
        if again.keys() == whole.keys():
            compared += 1
            assert best.score - again["p-12"] == pytest.approx(best.because[taken], abs=1e-5)
    assert compared
    without_cause = {each.product_id: each.score for each in trained().best(["p-3"], limit=50).products}
    assert without_cause["p-12"] < best.score


def test_without_its_only_product_all_of_the_score_goes() -> None:
    best = trained().best(["p-11"], limit=1, explain=10).products[0]
    assert best.because == {"p-11": pytest.approx(best.score)}


def test_a_new_product_is_suggested_for_its_text() -> None:
    arrival = ring.text_of(np.array([11.0]))[0]  # as like what comes next as the product itself
    far = ring.text_of(np.array([5.0]))[0]
    found = trained().best(["p-10", "p-11"], limit=50, arrivals={"new": arrival, "far": far, "p-3": far})
    ids = [each.product_id for each in found.products]
    assert ids.index("new") < ids.index("far")
    assert "new" not in [each.product_id for each in trained().best(["p-11"], limit=50).products]


def test_a_folder_gives_back_the_same(tmp_path: Path) -> None:
    save(trained(), tmp_path / "kept")
    again = load(tmp_path / "kept")
    assert again.version == "20261125T030000Z"
    assert (again.embedding_model, again.dimensions) == ("made-up", 2)
    for one, other in zip(
        trained().best(["p-10"], limit=5, explain=1).products,
        again.best(["p-10"], limit=5, explain=1).products,
        strict=True,
    ):
        assert one.product_id == other.product_id
        assert one.score == pytest.approx(other.score, abs=1e-3)


@pytest.mark.parametrize("broken", ["recommender.json", "recommender.safetensors"])
def test_a_broken_folder_is_said_to_be_one(tmp_path: Path, broken: str) -> None:
    with pytest.raises(BadRecommender, match="holds no recommender"):
        load(tmp_path)
    save(trained(), tmp_path)
    (tmp_path / broken).write_bytes(b"{}")
    with pytest.raises(BadRecommender, match="holds no recommender"):
        load(tmp_path)
