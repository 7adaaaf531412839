"""Questions with the sentences that answer them: their form, and what is counted of scores."""

import numpy as np
import pytest

from local.benchmarks.answerability import documents
from model.evidence.judging import judged


def test_every_document_is_whole_and_its_answers_are_among_its_sentences() -> None:
    found = list(documents())

    assert {document["language"] for document in found} == {"en", "zh"}
    for document in found:
        assert document["kind"] in ("product", "article")
        assert document["title"]
        assert all(document["sentences"])
        assert document["questions"]
        for question in document["questions"]:
            assert question["q"]
            assert set(question["a"]) <= set(range(len(document["sentences"])))


def test_what_is_held_out_is_a_tenth_of_it() -> None:
    assert len(list(documents(held_out=True))) * 10 == len(list(documents()))


def test_two_of_five_questions_or_more_have_no_answer() -> None:
    questions = [question for document in documents() for question in document["questions"]]

    assert sum(not question["a"] for question in questions) >= 0.4 * len(questions)


@pytest.mark.parametrize(
    ("answerable", "first", "auc", "answered"),
    [([0.9, 0.1], 1.0, 1.0, 1.0), ([0.1, 0.9], 0.0, 1.0, 0.0), ([0.2, 0.1], 1.0, 0.0, 0.0)],
    ids=["the right one, above", "the wrong one, above", "the right one, below"],
)
def test_scores_are_judged_by_the_best_sentence(
    answerable: list[float], first: float, auc: float, answered: float
) -> None:
    found = judged([(np.array(answerable), [0]), (np.array([0.5, 0.4]), [])])

    assert (found.first, found.auc, found.answered) == (first, auc, answered)
