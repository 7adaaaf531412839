"""The judge of answers, with errors planted: a wrong source, a wrong value, half an answer, a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.benchmarks.model_quality.verdicts import verdict
from local.sample import load_questions
from shopwright.answers import Answer, Citation

ANSWERABLE = [
    row for row in [*load_questions(), *load_questions(held_out=True)] if row["source"] and row["answer"]
]


def answered(source: str, quote: str, *, hand_over: bool = False) -> Answer:
    cited = [] if hand_over else [Citation(source=source, title="t", quote=quote)]
    return Answer(
        served_by="rules",
        question_id="q",
        conversation_id="c",
        answer=quote,
        citations=cited,
        confidence=0.9,
        hand_over=hand_over,
        language="en",
        answered_at=datetime(2026, 11, 1, tzinfo=UTC),
        prompt_version="p",
    )


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: row["question"][:40])
def test_what_is_planted_is_told(row: dict[str, Any]) -> None:
    right = "It says: " + ", then ".join(row["answer"]) + "."
    assert verdict(row, answered(row["source"], right)) == "right"
    assert verdict(row, answered("article:elsewhere", right)) == "wrong"
    # Each part of the answer has to stand there: without any one of them it is wrong.
    for part in row["answer"]:
        others = [other for other in row["answer"] if other != part and part not in other]
        assert verdict(row, answered(row["source"], "It says: " + ", ".join(others))) == "wrong"
    assert verdict(row, answered(row["source"], right, hand_over=True)) == "refused"
