"""The parts of the recommendation benchmark that train: on a ring of products with one right answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from local.benchmarks.recommendation import beyond, cold_start, quality, recommenders, sequences
from local.benchmarks.recommendation.__main__ import main
from local.benchmarks.recommendation.item_to_item import ItemToItem, near_transitions
from local.benchmarks.recommendation.parts import Setting
from local.benchmarks.recommendation.progress import Progress
from local.benchmarks.recommendation.recommenders import OURS, PEER, POPULARITY, TRANSITIONS
from model.recommender import evaluate
from model.recommender.learning import Learning
from model.recommender.measure import Scores, ranks, without_seen
from model.recommender.parts import Texts
from model.recommender.sequences import Cases, History
from tests.model.recommender import ring

app = Typer()
app.command()(main)


def histories(count: int, seed: int) -> list[History]:
    """Customers who go round the ring; long enough for ten events before the last."""
    starts = np.random.default_rng(seed).integers(ring.RING, size=count)
    return [(start + np.arange(11)) % ring.RING + 1 for start in starts]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder as the public one is, with the ring in it twice; texts as vectors without a model."""
    folder = tmp_path / "data" / "sequences"
    folder.mkdir(parents=True)
    for seed, (rows, items) in enumerate(sequences.FILES.values()):
        some = histories(120, seed)
        lines = [f"{at} {' '.join(map(str, history))}\n" for at, history in enumerate(some, 1)]
        (tmp_path / "data" / rows).write_text("".join(lines), "utf-8")
        named = [
            {"item": n, "title": f"Mug {n}", "attributes": ["B", f"Shelf {n % 2}"]} for n in range(1, 13)
        ]
        (tmp_path / "data" / items).write_text("".join(json.dumps(row) + "\n" for row in named), "utf-8")
    monkeypatch.setattr(sequences, "embedded", lambda texts, say: _first(ring.texts(), len(texts)))
    monkeypatch.setattr(evaluate, "Learning", _small)
    yield tmp_path / "data"
    sequences.read.cache_clear()
    recommenders.standard.cache_clear()
    recommenders.trained.cache_clear()


def _first(texts: Texts, places: int) -> Texts:
    return replace(texts, vectors=texts.vectors[:places])


def _small(*arguments, **named):
    return Learning(*arguments, **{**named, "settings": ring.SMALL})


def _run(data: Path, part: str, *more: str) -> tuple[dict, str, str]:
    out = data.parent / "out"
    ran = CliRunner().invoke(
        app,
        ["--data", str(data), "--only", part, "--quick", "--out", str(out), *more],
        catch_exceptions=False,
    )
    assert ran.exit_code == 0, ran.output
    kept = json.loads((out / "recommendation.json").read_text("utf-8"))["parts"][part]
    return kept["found"], (out / "recommendation.md").read_text("utf-8"), ran.stderr


def test_quality_is_measured_once_a_seed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, document, _ = _run(data, "quality")
    for name in sequences.FILES:
        [(seed, row)] = found["files"][name].items()
        assert seed == "1"
        assert row["hr@10"] == 1
        assert row["parts"]["transitions"]["hr@10"] == 1
    assert "| eSASRec | 0.0928 | 0.0523 | 0.0939 | 0.0538 | eSASRec's README |" in document
    assert "| **Shopwright** | **1.0000** | " in document

    def stop(*_: object) -> None:
        raise AssertionError("measured again")

    recommenders.trained.cache_clear()
    monkeypatch.setattr(recommenders, "tuned", stop)
    again, _, said = _run(data, "quality")
    assert again == found
    assert said.count("is kept from an earlier run") == 2
    with pytest.raises(AssertionError, match="measured again"):
        _run(data, "quality", "--again")


def test_a_stopped_run_of_quality_keeps_the_seeds_it_has(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    class Ours:
        parts = together = None

        def __init__(self, shop: sequences.Histories, seed: int, setting: Setting) -> None:
            if len(done) == 4:
                raise KeyboardInterrupt
            done.append(seed)

    monkeypatch.setattr(quality, "trained", Ours)
    monkeypatch.setattr(quality, "tested", lambda *_: {"seed": done[-1]})
    kept: list[dict] = []
    setting = Setting(data, False, 5, Progress(lambda _: None))
    with pytest.raises(KeyboardInterrupt):
        quality.measure(setting, {}, lambda found: kept.append(json.loads(json.dumps(found))))
    assert kept[-1]["files"] == {name: {s: {"seed": int(s)} for s in "56"} for name in ("Beauty", "Toys")}
    done.clear()
    found = quality.measure(setting, kept[-1], lambda _: None)
    assert done == [7, 7]
    assert set(found["files"]["Toys"]) == {"5", "6", "7"}


def test_cold_start_from_files_to_document(data: Path) -> None:
    found, document, _ = _run(data, "cold_start")
    for name, other in (("Beauty", "Toys"), ("Toys", "Beauty")):
        own = found["files"][name]
        assert own["known"]["cases"] == 120
        by_k = own["known"]["methods"]
        assert set(by_k) == {OURS, PEER, TRANSITIONS, POPULARITY}
        assert set(by_k[OURS]) == {"0", "1", "2", "3", "5", "10"}
        # With nothing known all are the same; with one event the ring tells what is next.
        assert len({json.dumps(rows["0"]) for rows in by_k.values()}) == 1
        assert by_k[TRANSITIONS]["1"]["hr"][0] == 1
        assert by_k[OURS]["10"]["hr"][0] == 1
        assert own["transfer"]["to"] == other
        assert own["transfer"]["cases"] == 120
        assert own["new"]["products"] == 1
        assert sum(own["new"]["cases"].values()) == 120
    assert "### Beauty: how much is known of the customer" in document
    assert "### Learned on Toys, asked in another shop" in document


def test_beyond_from_files_to_document(data: Path) -> None:
    found, document, _ = _run(data, "beyond")
    own = found["files"]["Beauty"]
    assert own["methods"][POPULARITY]["novelty"] <= own["methods"][OURS]["novelty"] + 1
    assert set(own["mixed"]["by"]) == {"text", "shelf"}
    for rows in own["mixed"]["by"].values():
        assert list(rows) == [str(value) for value in beyond.DIVERSITY]
    assert "| by shelf, NDCG@10 |" in document


def test_histories_are_cut_to_their_last_events() -> None:
    test = Cases([np.array([1, 2, 3]), np.array([4, 5, 6]), np.array([7, 8, 9])], np.array([4, 7, 1]))
    cut = cold_start.last_only(test, [0, 2], 2)
    assert [history.tolist() for history in cut.histories] == [[2, 3], [8, 9]]
    assert cut.targets.tolist() == [4, 1]
    assert [len(history) for history in cold_start.last_only(test, [1], 0).histories] == [0]


def test_only_histories_that_are_long_enough_are_cases() -> None:
    def last(some: Sequence[History]) -> Scores:
        scores = np.zeros((len(some), 20), np.float32)
        for row, history in zip(scores, some, strict=True):
            row[15] = len(history)
        return scores

    test = Cases([np.arange(1, 11), np.arange(1, 10), np.arange(3, 13)], np.array([15, 15, 15]))
    found = cold_start.by_known(
        {POPULARITY: lambda some: np.ones((len(some), 20), np.float32), "last": last}, test
    )
    assert found["cases"] == 2
    assert found["methods"]["last"]["1"]["ndcg"] == [1, 1, 1]
    # nineteen alike: the middle of their places is the tenth
    assert found["methods"]["last"]["0"] == found["methods"][POPULARITY]["0"]
    assert found["methods"]["last"]["0"]["hr"] == [1, 1, 1]


def test_held_out_products_are_in_nobodys_training() -> None:
    held = cold_start.held_out(101, seed=1)
    assert len(held) == 10
    assert 0 not in held
    assert held.tolist() == cold_start.held_out(101, seed=1).tolist()
    assert held.tolist() != cold_start.held_out(101, seed=2).tolist()
    kept = cold_start.without([np.array([1, 2, 3, 2]), np.array([2]), np.array([4])], np.array([2, 9]))
    assert [history.tolist() for history in kept] == [[1, 3], [4]]


def test_the_peer_puts_the_next_of_the_ring_first() -> None:
    peer = ItemToItem(ring.histories(), ring.PLACES)
    history = np.array([9, 10, 11])
    scores = without_seen(peer.scores([history]), [history])
    assert scores[0].argmax() == ring.next_of(history)


def test_near_transitions_are_cosines_that_look_forward() -> None:
    near = near_transitions([np.array([1, 2, 3]), np.array([1, 3])], 4).toarray()
    assert near[1, 2] == pytest.approx(1 / np.sqrt(2 * 1))
    assert near[2, 1] == pytest.approx(0.7 / np.sqrt(2 * 1))
    assert near[1, 3] == pytest.approx((1 / 2 + 1) / np.sqrt(2 * 2))
    assert near[3, 1] == pytest.approx(0.7 * (1 / 2 + 1) / np.sqrt(2 * 2))
    assert near[0].sum() == near[:, 0].sum() == 0


def test_the_network_goes_to_another_shop_by_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "Learning", _small)
    ours = recommenders.train(*recommenders.tuning(ring.histories()), ring.texts(), 1, lambda _: None)
    # The same ring under other numbers: only texts tell which is which.
    order = np.array([0, *np.random.default_rng(1).permutation(np.arange(1, ring.RING + 1)), ring.LONER])
    there = ours.elsewhere(replace(ring.texts(), vectors=ring.texts().vectors[order]))
    number = np.argsort(order)
    test = [number[(start + np.arange(4)) % ring.RING + 1] for start in range(ring.RING)]
    cases = Cases([history[:-1] for history in test], np.array([history[-1] for history in test]))
    assert np.median(ranks(there, cases)) <= 2
    # and the shop it came from is as it was
    here = Cases([order[history] for history in cases.histories], order[cases.targets])
    assert (ranks(ours.together.scores, here) < 1).all()


def test_mixing_takes_the_best_unless_told_otherwise() -> None:
    lists = [[1, 2, 3, 4, *range(5, 15)]]
    scores = [[float(20 - place) for place in range(14)]]
    even = beyond.remixed(lists, scores, lambda one, other: float(int(one) % 2 == int(other) % 2), 0.0)
    assert even == [list(range(1, 11))]
    mixed = beyond.remixed(lists, scores, lambda one, other: float(int(one) % 2 == int(other) % 2), 0.9)
    assert mixed[0][:2] == [1, 2]
    # what was taken out of the list (minus infinity) never comes in
    out = beyond.remixed([[1, 2]], [[1.0, -np.inf]], lambda one, other: 0.0, 1.0)
    assert out == [[1]]
