"""What a customer bought, told from their own events, to them only and only with their consent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopwright.answers import Answer, Answers, Question
from shopwright.consent import PURPOSES
from shopwright.events import Event
from shopwright.purchases import asked_about

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel
from .test_answers import ARTICLES, NOW, PRODUCTS


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("When did I buy the Orvane Swift kettle?", "Orvane Swift kettle"),
        ("Have I already bought a Mistvale teapot from you?", "Mistvale teapot"),
        ("Did I ever order the Swift before?", "Swift"),
        ("我什么时候买的Orvane Swift 水壶？", "Orvane Swift 水壶"),
        ("我之前买过Mistvale 茶壶吗？", "Mistvale 茶壶"),
        ("Mistvale 茶壶我什么时候买的？", "Mistvale 茶壶"),
        ("Where can I buy a kettle?", None),
        ("Can I return what I bought?", None),
        ("我买的水壶坏了", None),
    ],
)
def test_of_what_it_is_asked(question: str, what: str | None) -> None:
    assert asked_about(question) == what


def ask(
    question: str,
    allowed: frozenset = frozenset(PURPOSES),
    customer: str | None = "c-1",
    product_id: str | None = None,
) -> Answer:
    customers = InMemoryCustomers(allowed)
    for number, (name, item) in enumerate(
        [("purchase", "p-1"), ("view_item", "p-3"), ("purchase", "p-1"), ("view_item", "p-1")]
    ):
        event = Event(
            event_id=f"e-{number}",
            event_name=name,
            event_time=NOW - timedelta(days=20 - number),
            customer_id="c-1",
            items=[{"item_id": item}],
        )
        customers.add_event(event, {"events": 1.0}, NOW)
    service = Answers(InMemoryCatalog(PRODUCTS, ARTICLES), customers, ScriptedModel(), frozenset())
    return service.answer(Question(question=question, customer_id=customer, product_id=product_id), NOW)


def test_the_last_purchase_is_told_and_its_event_is_cited() -> None:
    answer = ask("When did I buy the Orvane Swift kettle?")
    assert answer.answer == "You bought the Orvane Swift Kettle on 14 October 2026."
    assert [(each.source, each.quote) for each in answer.citations] == [("event:e-2", "purchase 2026-10-14")]
    assert (answer.served_by, answer.confidence, answer.hand_over) == ("rules", 1.0, False)
    assert ask("我之前买过Orvane Swift 水壶吗？").answer == "您在2026年10月14日购买过Orvane Swift 水壶。"
    assert ask("Did I already buy this one?", product_id="p-1").citations[0].source == "event:e-2"


def test_that_nothing_is_known_of_is_no_no() -> None:
    """What was looked at was not bought; and what is not among the events may have been."""
    answer = ask("Did I ever buy the Mistvale teapot?")
    assert (answer.hand_over_reason, answer.citations) == ("own_order", [])


@pytest.mark.parametrize("purpose", ["profiling", "personalisation"])
def test_without_consent_nothing_is_told(purpose: str) -> None:
    answer = ask("When did I buy the Orvane Swift kettle?", frozenset(PURPOSES) - {purpose})
    assert answer.hand_over_reason == "own_order"


def test_nobody_in_particular_bought_nothing() -> None:
    answer = ask("When did I buy the Orvane Swift kettle?", customer=None)
    assert not any(each.source.startswith("event:") for each in answer.citations)
    # And what one customer is told is never told to another.
    assert ask("When did I buy the Orvane Swift kettle?", customer="c-2").hand_over_reason == "own_order"
