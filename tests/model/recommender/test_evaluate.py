"""The command: trains, tunes and tests on a file, and says what is wrong with one that it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from model.recommender.evaluate import main
from tests.model.recommender import ring

app = Typer()
app.command()(main)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ring.txt"
    rows = [history for history in ring.histories() if len(history) > 1]
    path.write_text("".join(f"{at} {' '.join(map(str, row))}\n" for at, row in enumerate(rows, 1)), "utf-8")
    return path


def test_the_last_line_is_the_result_as_json(file: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text("".join(f'{{"item": {n}, "title": "Mug {n}"}}\n' for n in range(1, 13)), "utf-8")
    ran = CliRunner().invoke(app, ["--sequences", str(file), "--items", str(items), "--seed", "2", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["seed"] == 2
    assert found["histories"] == 240
    assert found["products"] == 12
    assert found["hr@10"] == 1
    assert found["ndcg@10"] > 0.99
    assert found["ndcg@10_interval"][0] <= found["ndcg@10"] <= found["ndcg@10_interval"][1]
    assert set(found["parts"]) == {
        "popularity", "transitions", "transitions, two steps", "text", "Transformer",
    }  # fmt: skip
    assert found["parts"]["transitions"]["ndcg@10"] > found["parts"]["popularity"]["ndcg@10"]


def test_without_texts_the_parts_that_need_them_are_left_out(file: Path) -> None:
    ran = CliRunner().invoke(app, ["--sequences", str(file)])
    assert ran.exit_code == 0, ran.output
    assert "text" not in json.loads(ran.stdout.splitlines()[-1])["parts"]
    assert "all together" in ran.stdout


def test_a_bad_file_is_one_clear_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("1 2 x 4\n", "utf-8")
    ran = CliRunner().invoke(app, ["--sequences", str(bad), "--json"])
    assert ran.exit_code == 1
    assert "bad.txt, line 1: 'x' is no product" in ran.stderr
    assert not ran.stdout
