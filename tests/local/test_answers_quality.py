"""How well the sample shop's questions are answered, with the default embeddings and no text model.

Of local/sample/questions.jsonl every fourth question is asked, of a shop that holds the products they are
about and those of the same categories: embedding everything takes a minute. An answer is right if the
sentence it cites is of the right source and holds what a right answer holds.

The weights in evidence.py were fitted on all 120 of them and more. Asked as
`python -m local.benchmarks.language --answers` does, 88 % of the answerable are answered right and 2 % wrong,
and 97 % of the others are refused; of 160 that nothing was fitted on it is 49, 2, 86 %. The floors are
for 30 questions, and so lower.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.benchmarks.model_quality.verdicts import verdict
from local.evidence import LocalEvidence
from local.sample import load_articles, load_products, load_questions
from model.loading import load_embeddings
from model.registry import E5, NotConfigured, default_embedding
from shopwright.answers import Answers, Question
from shopwright.cataloguing import Cataloguing
from shopwright.errors import ModelUnavailable
from shopwright.intents import intent
from shopwright.ports import Embedded
from tests.unit.fakes import InMemoryCatalog, InMemoryCustomers

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Embedder:
    """ports.LanguageModel with multilingual-e5-small in process, and no text model behind it."""

    def __init__(self):
        try:
            self._model = default_embedding({"EMBEDDING_ID": E5})
        except NotConfigured as error:
            pytest.skip(str(error))
        self._engine = load_embeddings(self._model)

    def generate(self, messages, **how):
        raise ModelUnavailable("there is no text model here")

    def embed_queries(self, texts):
        return self._embedded(self._model.query_prefix, texts)

    def embed_passages(self, texts):
        return self._embedded(self._model.passage_prefix, texts)

    def _embedded(self, prefix, texts):
        made = self._engine.embed([prefix + text for text in texts])
        return Embedded(self._model.id, made.rows)


@pytest.fixture(scope="module")
def service():
    """Answers of a shop with the products that the questions are about and all its articles."""
    model, catalog = Embedder(), InMemoryCatalog()
    cataloguing = Cataloguing(catalog, model)
    questions = load_questions()[1::4]
    asked_about = {(row["source"] or "").removeprefix("product:") for row in questions}
    asked_about |= {row.get("product_id") for row in questions}
    categories = {row["product_type"] for row in load_products() if row["id"] in asked_about}
    products = [row for row in load_products() if row["product_type"] in categories]
    assert not cataloguing.put_products(products, NOW).rejected
    assert not cataloguing.put_articles(load_articles()).rejected
    return Answers(catalog, InMemoryCustomers(), model, frozenset({"en"}), evidence_model=LocalEvidence())


@pytest.fixture(scope="module")
def verdicts(service):
    """How often each verdict was given, by language and whether the shop knows the answer."""
    counts = Counter()
    for row in load_questions()[1::4]:
        asked = {field: row[field] for field in ("question", "language", "product_id") if field in row}
        answer = service.answer(Question.model_validate(asked), NOW)
        counts[row["language"], bool(row["source"]), verdict(row, answer)] += 1
    return counts


def share(verdicts, answerable, name, language=None):
    chosen = {
        key: count for key, count in verdicts.items() if key[1] == answerable and language in (None, key[0])
    }
    return sum(count for key, count in chosen.items() if key[2] == name) / sum(chosen.values())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_questions_that_can_be_answered_are(verdicts, language):
    assert share(verdicts, True, "right", language) >= 0.55


def test_answers_are_seldom_wrong(verdicts):
    assert share(verdicts, True, "wrong") <= 0.1


def test_what_the_shop_does_not_know_is_refused(verdicts):
    assert share(verdicts, False, "refused") >= 0.88


OFF_TOPIC = (
    "Which football team does your founder support?",
    "Who won the election?",
    "What is the capital of France?",
    "How old is your chief executive?",
    "Can you write me a poem about tea?",
    "What will the weather be tomorrow?",
    "How many employees does the shop have?",
    "Is your delivery driver married?",
    "你们老板喜欢哪支球队？",
    "明天会下雨吗？",
    "法国的首都是哪里？",
    "你能给我写一首诗吗？",
    "你们公司有多少员工？",
    "谁是世界上最高的人？",
)


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_what_has_nothing_to_do_with_a_shop_is_not_answered(service, question):
    assert service.answer(Question(question=question), NOW).hand_over


INTENTS = Path(__file__).parents[1] / "unit" / "data" / "intents.jsonl"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_customers_want_done_is_known(language):
    """27 lines a language, which no weight was fitted on: nearly all are told, and none is told wrong."""
    rows = [json.loads(line) for line in INTENTS.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["language"] == language]
    assert len({row["intent"] for row in rows}) == 27
    embedded = Embedder().embed_queries([row["text"] for row in rows])
    found = [intent(vector, embedded.model) for vector in embedded.vectors]
    told = [(row["intent"], each.name) for row, each in zip(rows, found, strict=True) if each]
    assert [pair for pair in told if pair[0] != pair[1]] == []
    assert len(told) >= 25
