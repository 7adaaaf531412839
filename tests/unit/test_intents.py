"""What a customer wants done: which intent, which way, and when nothing is said of it."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest

from shopwright import intents
from shopwright.answers import Answers, Question
from shopwright.products import Article
from shopwright.questions import asks

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel, toy_vector
from .test_answers import NOW

WEIGHTS = Path(intents.__file__).with_name("intents.json")


def _trained(model: str, *rows: tuple[str, list[float], float]) -> intents._Trained:
    numbers = [number for _, weights, bias in rows for number in (*weights, bias)]
    packed = base64.b64encode(struct.pack(f"<{len(numbers)}e", *numbers)).decode()
    return intents._Trained({"model": model, "names": [name for name, *_ in rows], "weights": packed})


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling is the first dimension, complaining the second, anything else the third."""
    trained = _trained(
        "toy", ("cancel_order", [9, 0, 0], 0), ("complaint", [0, 9, 0], 0.5), ("other", [0, 0, 9], 0)
    )
    monkeypatch.setattr(intents, "_trained", lambda: trained)


@pytest.mark.usefixtures("two")
def test_the_clearest_is_told_with_its_way() -> None:
    found = intents.intent([1, 0, 0], "toy")
    assert found is not None
    assert (found.name, found.route) == ("cancel_order", "form")
    assert found.probability > 0.99
    found = intents.intent([0, 1, 0], "toy")
    assert found is not None
    assert (found.name, found.route) == ("complaint", "person")


@pytest.mark.usefixtures("two")
def test_nothing_is_said_of_what_is_unclear_or_a_question_for_facts() -> None:
    assert intents.intent([0.6, 0.6, 0.5], "toy") is None
    assert intents.intent([0, 0, 1], "toy") is None


@pytest.mark.usefixtures("two")
def test_vectors_of_another_model_tell_nothing() -> None:
    assert intents.intent([1, 0, 0], "another") is None
    assert intents.intent([1, 0, 0, 0], "toy") is None


def test_a_shop_without_weights_routes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intents, "_trained", lambda: None)
    assert intents.intent([1, 0, 0], "toy") is None


def test_the_weights_that_ship_know_27_intents_and_were_tested() -> None:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    names = {*document["names"]} - {intents.OTHER}
    assert len(names) == 27
    assert names > intents._FORMS | intents._PERSONS
    assert document["validation_accuracy"] >= 0.97
    trained = intents._Trained(document)
    assert {len(row) for row in trained.weights} == {384}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("cancel my order", False),
        ("I want my money back", False),
        ("我要取消订单", False),
        ("把钱退给我", False),
        ("how do I cancel my order", True),
        ("can I cancel my order", True),
        ("cancel my order?", True),
        ("怎么取消订单", True),
        ("订单能取消吗", True),
        ("几天能到", True),
    ],
)
def test_a_request_is_no_question(text: str, question: bool) -> None:
    assert asks(text) == question


CANCELLING = Article.model_validate(
    {
        "id": "cancelling",
        "language": "en",
        "title": "Cancelling an order",
        "body": "An order can be cancelled within 30 minutes after it was placed.",
    }
)


def _answer(question: str, name: str | None, monkeypatch: pytest.MonkeyPatch, *articles: Article):
    found = intents.Intent(name=name, probability=0.97) if name else None
    monkeypatch.setattr("shopwright.answers.intent", lambda vector, model: found)
    catalog = InMemoryCatalog()
    for article in articles:
        catalog.put_article(article, [toy_vector(text) for text in article.paragraphs], "toy")
    service = Answers(catalog, InMemoryCustomers(), ScriptedModel(), frozenset())
    return service.answer(Question(question=question), NOW)


def test_a_request_goes_to_its_form_even_where_facts_speak_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _answer("Please cancel an order that was placed", "cancel_order", monkeypatch, CANCELLING)
    assert (answer.hand_over, answer.hand_over_reason, answer.intent) == (True, "form_wanted", "cancel_order")
    assert "form" in answer.answer
    assert answer.citations == []


def test_a_question_is_answered_by_facts_and_the_form_is_named_beside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = "Within how many minutes can an order be cancelled after it was placed?"
    answer = _answer(question, "cancel_order", monkeypatch, CANCELLING)
    assert not answer.hand_over
    assert "30 minutes" in answer.answer
    assert answer.intent == "cancel_order"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("track_order", "form_wanted"),
        ("payment_issue", "person_wanted"),
        ("delivery_period", "not_known"),
        (None, "not_known"),
    ],
)
def test_what_no_fact_answers_goes_where_it_can_be_done(
    monkeypatch: pytest.MonkeyPatch, name: str | None, reason: str
) -> None:
    answer = _answer("怎么查", name, monkeypatch)
    assert (answer.hand_over_reason, answer.intent) == (reason, name)
