"""Consent, export and erasure on emulated DynamoDB and SQS, through the handlers."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shopwright import bootstrap
from shopwright.adapters.consents import DynamoDBConsents
from shopwright.events import Event
from shopwright.ports import Turn

from .aws_faults import faults, throttled
from .conftest import Invoke, body, event

NOW = datetime.now(UTC)


@pytest.fixture
def asked(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """A shop in which every purpose has to be asked for."""
    monkeypatch.setenv("CONSENT_BY_DEFAULT", "")
    bootstrap.reset()
    return invoke


def items(customer_id: str = "c-900") -> list[dict[str, Any]]:
    """All that stands in a customer's partition."""
    found: list[dict[str, Any]] = boto3.client("dynamodb").query(
        TableName=bootstrap.settings().customers_table,
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
        ConsistentRead=True,
    )["Items"]
    return found


def happening(number: int, at: datetime = NOW, customer: str = "c-900") -> Event:
    return Event(
        event_id=f"e-{number}",
        event_name="view_item",
        event_time=at,
        customer_id=customer,
        items=[{"item_id": "p-0401"}],
    )


@pytest.mark.parametrize(
    ("case", "status", "field"),
    [
        ("unknown_purpose", 422, "astrology"),
        ("no_purpose", 422, ""),
        ("export_after_unknown", 422, "after"),
        ("erase_somebody_else", 403, None),
        ("consent_of_somebody_else", 403, None),
    ],
)
def test_bad_input_is_refused(asked: Invoke, case: str, status: int, field: str | None) -> None:
    response = asked("privacy", event(f"privacy/{case}"))
    assert response["statusCode"] == status
    if field is not None:
        assert [error["field"] for error in body(response)["errors"]] == [field]
    assert items() == []


def test_who_was_not_asked_is_nobody(asked: Invoke) -> None:
    answer = body(asked("activity", event("activity/session")))
    assert (answer["accepted"], answer["anonymous"]) == (0, 7)
    assert body(asked("activity", event("activity/session")))["accepted"] == 0
    assert items() == []
    kept = list(bootstrap.customers().all_events())
    assert kept
    assert all(each.customer_id.startswith("anonymous.") for each in kept)
    assert not any(each.search_term or each.session_id or each.transaction_id for each in kept)


def test_consent_is_given_shown_and_withdrawn(asked: Invoke) -> None:
    before = body(asked("privacy", event("privacy/read_consent")))["purposes"]
    assert not any(each["allowed"] for each in before.values())
    granted = body(asked("privacy", event("privacy/grant")))["purposes"]
    assert granted["profiling"]["allowed"]
    assert granted["profiling"]["source"] == "web banner"
    assert not granted["advertising"]["allowed"]
    assert body(asked("activity", event("activity/session")))["accepted"] == 7

    withdrawn = body(asked("privacy", event("privacy/withdraw_profiling")))["purposes"]
    assert (withdrawn["profiling"]["allowed"], withdrawn["profiling"]["state"]) == (False, "withdrawn")
    assert withdrawn["personalisation"]["allowed"]
    assert [each["sk"]["S"] for each in items()] == ["PROFILE"]
    assert not any(name.startswith("counter:") for name in items()[0])
    assert "expires_at" not in items()[0]  # what they refused must not expire
    # Sent again, they are from before the withdrawal; later ones are kept without the customer.
    assert body(asked("activity", event("activity/session")))["late"] == 7
    store = bootstrap.customers()
    assert store.add_event(happening(1, NOW + timedelta(hours=1)), {"events": 1.0}, NOW) == "anonymous"
    body(asked("privacy", event("privacy/grant")))
    assert store.add_event(happening(2, NOW + timedelta(hours=1)), {"events": 1.0}, NOW) == "stored"


def test_consent_that_ends_between_an_events_check_and_its_write_wins(asked: Invoke) -> None:
    """The write is conditioned on the consent: nothing that was read before can let an event through."""
    asked("privacy", event("privacy/grant"))
    store = bootstrap.customers()
    client = bootstrap._client("dynamodb")
    once = threading.Event()

    def withdraw(**_: Any) -> None:
        if not once.is_set():
            once.set()
            asked("privacy", event("privacy/withdraw_profiling"))

    client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", withdraw)
    try:
        kept = store.add_event(happening(1), {"events": 1.0}, NOW)
    finally:
        client.meta.events.unregister("before-send.dynamodb.TransactWriteItems", withdraw)
    assert once.is_set()
    assert kept == "late"
    assert [each["sk"]["S"] for each in items()] == ["PROFILE"]


def test_an_erasure_while_others_write_leaves_nothing(asked: Invoke) -> None:
    asked("privacy", event("privacy/grant"))
    store = bootstrap.customers()
    for number in range(30):
        store.add_event(happening(number, NOW - timedelta(minutes=number)), {"events": 1.0}, NOW)
    started, stop = threading.Barrier(5), threading.Event()

    def write(writer: int) -> int:
        started.wait()
        sent = 0
        while not stop.is_set() and sent < 200:
            store.add_event(happening(1000 * writer + sent + 1000), {"events": 1.0}, NOW)
            sent += 1
        return sent

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(4)]
        started.wait()
        receipt = body(asked("privacy", event("privacy/erase")))
        stop.set()
        assert sum(each.result() for each in writers) > 0
    removed = {row["what"]: row["items"] for row in receipt["removed"]}
    assert removed["events"] >= 30
    assert removed["events"] == removed["ids of events"]
    [left] = items()
    assert set(left) == {"customer_id", "sk", "forgotten_until", "expires_at"}


def test_an_erasure_that_is_interrupted_goes_on_when_it_is_asked_again(asked: Invoke) -> None:
    asked("privacy", event("privacy/grant"))
    store = bootstrap.customers()
    for number in range(40):
        store.add_event(happening(number), {"events": 1.0}, NOW)
    calls = 0

    def from_the_third_on(request: Any) -> Any:
        nonlocal calls
        calls += 1
        return throttled(request) if calls > 2 else None

    with faults("BatchWriteItem", from_the_third_on):
        response = asked("privacy", event("privacy/erase"))
    assert (response["statusCode"], response["headers"]["Retry-After"]) == (503, "5")
    left = len(items()) - 1
    assert left == 80 - 2 * 25
    assert store.read("c-900", events=9).profile["counters"] == {}
    receipt = body(asked("privacy", event("privacy/erase")))
    assert sum(row["items"] for row in receipt["removed"]) == left
    assert len(items()) == 1


def test_conversations_are_shown_and_go_with_the_customer(asked: Invoke) -> None:
    store, now = bootstrap.conversations(), datetime.now(UTC)
    store.keep_turn("c-900", "talk-1", Turn("How heavy is the kettle?", "p-1"), now)
    store.keep_turn("c-900", "talk-2", Turn("Do you ship abroad?"), now)
    store.keep_turn("c-901", "talk-1", Turn("Who pays for the return?"), now)
    exported = body(asked("privacy", event("privacy/export")))
    assert exported["conversations"] == ["How heavy is the kettle?", "Do you ship abroad?"]
    removed = {row["what"]: row["items"] for row in body(asked("privacy", event("privacy/erase")))["removed"]}
    assert removed["conversations"] == 2
    assert store.turns("c-900", now) == []
    assert store.last_turn("c-900", "talk-1", now) is None
    assert store.turns("c-901", now) == [Turn("Who pays for the return?")]


def test_messages_that_failed_for_good_are_deleted_with_the_customer(asked: Invoke) -> None:
    sqs, url = boto3.client("sqs"), bootstrap.settings().refresh_dead_letter_queue_url
    for customer in ("c-900", "c-1", "c-900", *(f"c-{n}" for n in range(100, 120))):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"customer_id": customer}))
    receipt = body(asked("privacy", event("privacy/erase")))
    assert receipt["removed"][-1] == {"place": "refresh dead letter queue", "what": "messages", "items": 2}
    numbers = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    held = int(numbers["ApproximateNumberOfMessages"]) + int(numbers["ApproximateNumberOfMessagesNotVisible"])
    assert held == 21


def test_an_erasure_that_finds_nothing_is_no_error_and_tells_nothing(asked: Invoke) -> None:
    receipt = body(asked("privacy", event("privacy/erase")))
    assert [row["items"] for row in receipt["removed"]] == [0, 0, 0, 0, 0, 0]
    assert body(asked("privacy", event("privacy/export")))["events"] == []


def test_a_marker_that_is_revived_does_not_expire(asked: Invoke) -> None:
    asked("privacy", event("privacy/erase"))
    assert "expires_at" in items()[0]
    asked("privacy", event("privacy/grant"))
    assert "expires_at" not in items()[0]
    store = bootstrap.customers()
    assert store.add_event(happening(1), {"events": 1.0}, NOW) == "late"
    assert store.add_event(happening(1, NOW + timedelta(hours=1)), {"events": 1.0}, NOW) == "stored"
    assert "expires_at" not in next(each for each in items() if each["sk"]["S"] == "PROFILE")


def test_two_changes_at_once_are_both_kept(asked: Invoke) -> None:
    asked("privacy", event("privacy/grant"))
    client, once = bootstrap._client("dynamodb"), threading.Event()

    def another(**_: Any) -> None:
        if not once.is_set():
            once.set()
            asked("privacy", event("privacy/withdraw_model_processing"))

    client.meta.events.register_first("before-send.dynamodb.UpdateItem", another)
    try:
        asked("privacy", event("privacy/grant"))
    finally:
        client.meta.events.unregister("before-send.dynamodb.UpdateItem", another)
    said = bootstrap.customers().read("c-900", events=0).consents.said
    assert len(said) == 3 + 1 + 3


def test_a_rebuild_that_began_before_an_erasure_writes_nothing(asked: Invoke) -> None:
    asked("privacy", event("privacy/grant"))
    store = bootstrap.customers()
    store.add_event(happening(1), {"events": 1.0}, NOW)
    read = store.read("c-900", events=0).profile
    asked("privacy", event("privacy/erase"))
    assert store.add_event(happening(2, NOW + timedelta(hours=1)), {"events": 1.0}, NOW) == "anonymous"
    store.save_traits(
        "c-900",
        {"traits": ["of before"]},
        events_counted=int(read["counters"]["events"]),
        corrections_version=read["corrections_version"],
        forgotten_until=read["forgotten_until"],
        due_at=None,
    )
    assert store.read("c-900", events=0).profile["document"] == {}
    assert isinstance(store, DynamoDBConsents)
