"""The embedding benchmark: its rank, its tasks on the sample, and what it says without its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from local.benchmarks.embeddings import main
from local.benchmarks.retrieval_tasks import Task, product_questions, sample_articles


def test_the_rank_is_that_of_the_first_right_passage_among_those_asked():
    passages = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    task = Task("", ["a", "b"], ["x", "y", "z"], [([0, 1, 2], {1, 2}), ([1, 2], {2})])
    queries = np.array([[1, 0], [0, 1]], np.float32)
    assert task.mean_reciprocal_rank(queries, passages) == pytest.approx((1 / 2 + 1) / 2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_question_of_the_sample_has_its_article(language):
    task = sample_articles(language)
    assert len(task.queries) == len(task.asked) >= 20
    assert all(right <= set(among) for among, right in task.asked)


def test_questions_without_a_helpful_candidate_are_not_asked(tmp_path):
    (tmp_path / "product-qa").mkdir()
    rows = [
        "qid,question,candidate,label",
        "1,big?,blue,0",
        "2,heavy?,red,0",
        "2,heavy?,two kilos,2",
        "3,new?,yes,2",
    ]
    (tmp_path / "product-qa" / "ePQA__dev_a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    task = product_questions(tmp_path, 1)
    assert (task.queries, task.passages, task.asked) == (["heavy?"], ["red", "two kilos"], [([0, 1], {1})])


def test_missing_data_is_named(tmp_path: Path):
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, ["--data", str(tmp_path)], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 2
    assert "products.yaml" in result.output
    assert "advertisegen_dev_a.jsonl" in result.output
