"""What a customer bought, told from their own events, to them only and only with their consent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopwright.answers import Answer, Answers, Question
from shopwright.consent import PURPOSES
from shopwright.events import Event
from shopwright.purchases import asked_about, order

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel
from .test_answers import ARTICLES, NOW, PRODUCTS


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("When did I buy the Orvane Swift kettle?", ("purchase", "Orvane Swift kettle")),
        ("Have I already bought a Mistvale teapot from you?", ("purchase", "Mistvale teapot")),
        ("Did I ever order the Swift before?", ("purchase", "Swift")),
        ("我什么时候买的Orvane Swift 水壶？", ("purchase", "Orvane Swift 水壶")),
        ("我之前买过Mistvale 茶壶吗？", ("purchase", "Mistvale 茶壶")),
        ("Mistvale 茶壶我什么时候买的？", ("purchase", "Mistvale 茶壶")),
        ("Did I already return the Swift?", ("refund", "Swift")),
        ("Have I got my money back for the Mistvale teapot yet?", ("refund", "Mistvale teapot")),
        ("Has the Swift been refunded?", ("refund", "Swift")),
        ("我退过Mistvale 茶壶吗？", ("refund", "Mistvale 茶壶")),
        ("我买的Mistvale 茶壶退款了吗？", ("refund", "Mistvale 茶壶")),
        ("How do I return a kettle?", None),
        ("Where can I buy a kettle?", None),
        ("Can I return what I bought?", None),
        ("我买的水壶坏了", None),
    ],
)
def test_of_what_it_is_asked(question: str, what: tuple[str, str] | None) -> None:
    assert asked_about(question) == what


def ask(
    question: str,
    allowed: frozenset = frozenset(PURPOSES),
    customer: str | None = "c-1",
    product_id: str | None = None,
) -> Answer:
    customers = InMemoryCustomers(allowed)
    for number, (name, item) in enumerate(
        [
            ("purchase", "p-1"),
            ("view_item", "p-3"),
            ("purchase", "p-1"),
            ("view_item", "p-1"),
            ("purchase", "p-2"),
            ("refund", "p-2"),
        ]
    ):
        event = Event(
            event_id=f"e-{number}",
            event_name=name,
            event_time=NOW - timedelta(days=20 - number),
            customer_id="c-1",
            items=[{"item_id": item}],
            transaction_id=f"T-{1000 + number}" if name == "purchase" else None,
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


def test_a_refund_is_told_from_the_customers_events() -> None:
    answer = ask("Did I already return the Orvane Swift Pro kettle?")
    assert answer.answer == "A refund for the Orvane Swift Pro Kettle was made on 17 October 2026."
    assert answer.citations[0].quote == "refund 2026-10-17"
    assert ask("Orvane Swift Pro 水壶退款了吗？").answer == "Orvane Swift Pro 水壶已于2026年10月17日退款。"
    # Of what was not given back nothing is told; a colleague looks.
    assert ask("Did I already return the Orvane Swift kettle?").hand_over_reason == "own_order"


def test_where_an_order_is_a_colleague_tells_who_is_told_which_it_is() -> None:
    answer = ask("Where is my order?")
    told = "You bought the Orvane Swift Pro Kettle on 16 October 2026. I cannot look into orders"
    assert answer.answer.startswith(told)
    assert answer.hand_over_reason == "own_order"
    assert [each.source for each in answer.citations] == ["event:e-4"]
    assert answer.hand_over_summary is not None
    assert answer.hand_over_summary.purchase == answer.citations[0]
    numbered = ask("What is the status of my order 1002?")
    assert [each.source for each in numbered.citations] == ["event:e-2"]
    assert ask("What is the status of my order 9999?").citations == []


@pytest.mark.parametrize(
    "question",
    ["Can I still return it within 15 days if unused?", "An unused item can be returned, this too?"],
)
def test_whether_it_can_go_back_is_told_with_the_day_it_was_bought(question: str) -> None:
    answer = ask(question, product_id="p-1")
    assert answer.answer.startswith("You bought the Orvane Swift Kettle on 14 October 2026. ")
    assert answer.citations[-1].source == "event:e-2"
    nobody = ask(question, product_id="p-1", customer=None)
    assert answer.answer == f"You bought the Orvane Swift Kettle on 14 October 2026. {nobody.answer}"
    # Not of what they did not buy, and not without their consent.
    assert not any(each.source.startswith("event:") for each in ask(question, product_id="p-3").citations)
    refused = ask(question, frozenset(PURPOSES) - {"personalisation"}, product_id="p-1")
    assert not any(each.source.startswith("event:") for each in refused.citations)


def test_an_order_of_long_ago_is_not_on_its_way() -> None:
    event = Event(
        event_id="e-1",
        event_name="purchase",
        event_time=NOW - timedelta(days=90),
        customer_id="c-1",
        items=[{"item_id": "p-1"}],
    )
    assert order("Where is my parcel?", [event], NOW) is None
    assert order("Where is my parcel?", [event], NOW - timedelta(days=80)) is event
