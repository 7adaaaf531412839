"""From a shop's export to a published recommender: what is read, what is refused, going on after a stop."""

from __future__ import annotations

import gzip
import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from model.recommender import train as training
from model.recommender.exported import read_export
from model.recommender.judging import judged
from model.recommender.kept import load
from model.recommender.learning import Learning
from model.recommender.measure import Scores
from model.recommender.published import Published
from model.recommender.sequences import BadFile, Cases, History
from model.storage import storage
from tests.model.recommender import ring
from tests.model.recommender.test_trained import trained

app = Typer()
app.command()(training.main)
VERSION = "20261125T030000Z"


@dataclass
class Shop:
    """An export's folder, written anew with what is asked for."""

    folder: Path

    def write(
        self, *, customers: int = 60, days: int = 6, version: str = VERSION, right: bool = True
    ) -> Path:
        """Customers who go round the ring, an event a day up to the day before the export."""
        self.folder.mkdir(exist_ok=True)
        events = []
        for customer in range(customers):
            for day in range(days):
                step = day if right else 5 * day  # else as if they went round another way
                place = (customer + step) % ring.RING + 1
                at = f"2026-11-{20 + day - days + 5:02}T10:00:00Z"
                events.append(
                    {"customer": customer, "product_id": f"p-{place}", "event_name": "view_item", "time": at}
                )
        products = [{"id": f"p-{place}", "text": ""} for place in range(1, ring.RING + 1)]
        _rows(self.folder / "events.jsonl.gz", events)
        _rows(self.folder / "products.jsonl.gz", products)
        (self.folder / "manifest.json").write_text(json.dumps({"time": version}), "utf-8")
        return self.folder

    def events(self) -> list[dict[str, Any]]:
        with gzip.open(self.folder / "events.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def _rows(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "export")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    def small(*arguments: Any, **named: Any) -> Learning:
        return Learning(*arguments, **{**named, "settings": replace(ring.SMALL, epochs=3)})

    monkeypatch.setattr(training, "Learning", small)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_an_export_becomes_histories_in_the_catalogues_numbers(shop: Shop) -> None:
    shop.write()
    again = {"customer": 0, "product_id": "p-6", "event_name": "view_item", "time": "2026-11-25T02:00:00Z"}
    gone = {**again, "product_id": "gone", "time": "2026-11-25T02:30:00Z"}
    first = shop.events()
    _rows(shop.folder / "events.jsonl.gz", [*first[:6], again, gone, *first[6:]])
    found = read_export(shop.folder)
    assert found.version == VERSION
    assert found.ids[:3] == ["", "p-1", "p-2"]
    # p-6 again is no next product, and what the catalogue no longer has is none
    assert found.sequences.histories[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.latest[0] == "2026-11-25T02:00:00Z"
    assert len(found.sequences.histories) == 60


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("manifest.json", None, "manifest.json: cannot be read .*whole"),
        ("manifest.json", b"[]", "is no JSON object with `time`"),
        ("events.jsonl.gz", b"no gzip", "events.jsonl.gz: cannot be read"),
        ("events.jsonl.gz", gzip.compress(b'{"customer": "x"}\n'), "line 1: needs `customer`"),
        ("events.jsonl.gz", gzip.compress(b"{}\n" * 9)[:-12], "events.jsonl.gz, line 1"),
        (
            "products.jsonl.gz",
            gzip.compress(b'{"id": "p-1", "text": ""}\nnot json\n'),
            "line 2: not JSON",
        ),
    ],
)
def test_a_broken_export_is_named_with_the_line(
    shop: Shop, tmp_path: Path, file: str, content: bytes | None, said: str
) -> None:
    path = shop.write() / file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=said):
        read_export(shop.folder)
    ran = run("--export", shop.folder, "--output", tmp_path / "out")
    assert ran.exit_code == 1
    assert file in ran.stderr
    assert not (tmp_path / "out").exists()


def test_too_little_to_learn_from_is_said(shop: Shop, tmp_path: Path) -> None:
    ran = run("--export", shop.write(customers=19), "--output", tmp_path / "out")
    assert ran.exit_code == 1
    assert "19 histories of three products, needs 20" in ran.stderr


def test_trains_tests_and_publishes_what_the_server_reads(shop: Shop, tmp_path: Path) -> None:
    ran = run("--export", shop.write(), "--output", tmp_path / "out", "--publish", tmp_path / "shop")
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout.splitlines()[-1])
    assert report["publish"] is True
    assert report["version"] == VERSION
    assert report["measured"]["new"]["ndcg@10"] > report["measured"]["popularity"]["ndcg@10"]
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8")) == report
    published = Published(storage(str(tmp_path / "shop")), load)
    pointer = published.pointer()
    assert pointer is not None
    assert pointer.version == VERSION
    recommender = published.fetch(pointer)
    # learned from everything, the test products too
    assert recommender.best(["p-1", "p-2"], limit=1).products[0].product_id == "p-3"


def test_one_that_finds_less_than_popularity_is_refused(shop: Shop, tmp_path: Path) -> None:
    # All go round the ring, but in the end everybody takes the same.
    shop.write()
    rows = shop.events()
    alone = [
        {
            "customer": 1000 + at,
            "product_id": "p-1",
            "event_name": "view_item",
            "time": "2026-11-20T10:00:00Z",
        }
        for at in range(400)
    ]
    for row in rows[5::6]:
        row["product_id"] = "p-1"
    _rows(shop.folder / "events.jsonl.gz", [*rows, *alone])
    ran = run("--export", shop.folder, "--output", tmp_path / "out", "--publish", tmp_path / "shop")
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout.splitlines()[-1])
    assert report["publish"] is False
    assert "popularity finds more" in report["why"]
    assert "refused: popularity" in ran.stderr
    assert not (tmp_path / "shop").exists()


def scorer(right: float) -> Any:
    """Says the ring's next product, or for some histories the one after it."""

    def score(histories: list[History]) -> Scores:
        found = np.zeros((len(histories), ring.PLACES), np.float32)
        for at, history in enumerate(histories):
            step = 0 if at < right * len(histories) else 1
            found[at, (ring.next_of(history) - 1 + step) % ring.RING + 1] = 2
            found[at, ring.next_of(history)] += 1
        return found

    return score


def nothing(histories: list[History]) -> Scores:
    return np.zeros((len(histories), ring.PLACES), np.float32)


IDS = ["", *(f"p-{place}" for place in range(1, ring.PLACES))]


def test_one_that_is_surely_worse_than_the_one_in_use_is_refused() -> None:
    cases = ring.validation()
    worse = judged(scorer(0.0), nothing, cases, IDS, trained(), cases)
    assert not worse.publish
    assert "the one in use finds more" in worse.why
    assert worse.measured["current_on_unseen"]["ndcg@10"] > worse.measured["new_on_unseen"]["ndcg@10"]
    as_good = judged(scorer(1.0), nothing, cases, IDS, trained(), cases)
    assert as_good.publish
    assert "does not find less" in as_good.why


def test_what_neither_can_be_told_from_is_published_and_said() -> None:
    cases = ring.validation()
    few = Cases(cases.histories[:5], cases.targets[:5])
    found = judged(scorer(0.0), nothing, cases, IDS, trained(), few)
    assert found.publish
    assert "only 5 histories went on since" in found.why


def test_products_that_the_one_in_use_does_not_know_are_its_misses() -> None:
    cases = ring.validation()
    renamed = ["", *(f"q-{place}" for place in range(1, ring.PLACES))]
    found = judged(scorer(0.5), nothing, cases, renamed, trained(), cases)
    assert found.publish
    assert found.measured["current_on_unseen"] == {"hr@10": 0, "ndcg@10": 0}


def test_only_what_came_after_the_one_in_use_compares(shop: Shop) -> None:
    exported = read_export(shop.write())
    test = exported.sequences.test()
    assert len(training._since("20261101T000000Z", exported, test).targets) == 60
    assert len(training._since("20261128T000000Z", exported, test).targets) == 0


def test_goes_on_after_a_stop(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write()
    arguments = ["--export", shop.folder, "--output", tmp_path / "out", "--checkpoints", tmp_path / "kept"]
    whole = Learning._epoch
    epochs = []

    def stopped(self: Learning) -> float:
        epochs.append(1)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return whole(self)

    monkeypatch.setattr(Learning, "_epoch", stopped)
    assert run(*arguments).exit_code != 0
    monkeypatch.setattr(Learning, "_epoch", whole)
    ran = run(*arguments)
    assert ran.exit_code == 0, ran.output
    assert "going on after epoch 2" in ran.stderr
    assert "epoch 3 of at most 3" in ran.stderr
    assert "epoch 2 of at most 3" not in ran.stderr
    # and ends where a run that was not stopped ends
    straight = run("--export", shop.folder, "--output", tmp_path / "straight")
    assert straight.exit_code == 0
    one, other = load(tmp_path / "out"), load(tmp_path / "straight")
    histories = [np.array([1, 2, 3])]
    np.testing.assert_allclose(one.scores(histories), other.scores(histories), rtol=1e-3, atol=1e-3)


def test_the_current_one_is_read_from_a_folder_an_artifact_or_a_job(shop: Shop, tmp_path: Path) -> None:
    shop.write()
    assert run("--export", shop.folder, "--output", tmp_path / "out").exit_code == 0
    job = tmp_path / "job"
    job.mkdir()
    assert training._in_use(job) is None
    with tarfile.open(job / "model.tar.gz", "w:gz") as packed:
        for path in (tmp_path / "out").iterdir():
            packed.add(path, path.name)
    for place in (tmp_path / "out", job / "model.tar.gz", job):
        found = training._in_use(place)
        assert found is not None
        assert found.version == VERSION
