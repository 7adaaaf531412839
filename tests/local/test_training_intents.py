"""Training of intents: a layer with one right answer, and that nothing it is measured on is trained on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer

from local.sample import load_questions
from local.training import intents

OWN = Path(__file__).parents[1] / "unit" / "data" / "intents.jsonl"


def test_a_layer_is_found_that_tells_the_classes_apart_as_vectors_come() -> None:
    rng = np.random.default_rng(3)
    centers = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.1, 0.1, 0.9]])
    labels = rng.integers(0, 3, 300)
    # Far from the origin: the layer has to fold its centring into the bias.
    vectors = 5 + centers[labels] + rng.normal(0, 0.1, (300, 3))
    weights = intents.fit(vectors[:200], labels[:200], 3)
    assert weights.shape == (3, 4)
    assert intents.accuracy(weights, vectors[200:], labels[200:].tolist()) == 1
    assert intents.accuracy(weights, vectors[:3] * 0 + 5 + centers, [0, 1, 2]) == 1
    assert intents.accuracy(weights, vectors[:3] * 0 + 5 + centers, [0, 1, 0]) == pytest.approx(2 / 3)


def test_nothing_that_is_measured_on_is_trained_on() -> None:
    trained = {text.casefold() for text, _ in [*intents._chinese(), *intents._others(1)]}
    own = [json.loads(line)["text"] for line in OWN.read_text(encoding="utf-8").splitlines()]
    asked = [row["question"] for row in load_questions()]
    assert not {text.casefold() for text in [*own, *asked]} & trained


def test_every_intent_has_chinese_lines_and_other_has_questions() -> None:
    chinese = {name for _, name in intents._chinese()}
    assert len(chinese) == 28
    assert chinese == {*json.loads(intents._WEIGHTS.read_text(encoding="utf-8"))["names"]}
    others = [*intents._others(1)]
    assert len(others) > 300
    assert {name for _, name in others} == {"other"}


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nhello,greeting\n", encoding="utf-8")
    with pytest.raises(typer.BadParameter, match="utterance and intent"):
        intents._read(path)
