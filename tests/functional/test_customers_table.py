"""CustomerStore on DynamoDB: counted once, due when it should be, nothing half-written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shopwright import bootstrap
from shopwright.errors import Conflict, NotFound
from shopwright.events import Event
from shopwright.feedback import AskedQuestion, Opinion
from shopwright.ports import CustomerStore, Turn

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def _event(n: int, *, customer: str = "c-1", at: datetime = NOW) -> Event:
    return Event.model_validate(
        {
            "event_id": f"e-{n}",
            "event_name": "view_item",
            "event_time": at,
            "customer_id": customer,
            "items": [{"item_id": "p-1"}],
        }
    )


@pytest.fixture
def store(aws: dict[str, str]) -> CustomerStore:
    return bootstrap.customers()


def test_an_event_counts_once_even_with_another_time(store: CustomerStore) -> None:
    assert store.add_event(_event(1), {"events": 1.0}, NOW) == "stored"
    assert store.add_event(_event(1), {"events": 1.0}, NOW) == "duplicate"
    assert store.add_event(_event(1, at=NOW + timedelta(seconds=5)), {"events": 1.0}, NOW) == "duplicate"
    record = store.read("c-1", events=10)
    assert record.profile["counters"] == {"events": 1.0}
    assert [event.event_id for event in record.events] == ["e-1"]


def test_the_same_event_of_two_customers_is_two_events(store: CustomerStore) -> None:
    assert store.add_event(_event(1), {"events": 1.0}, NOW) == "stored"
    assert store.add_event(_event(1, customer="c-2"), {"events": 1.0}, NOW) == "stored"
    assert len(list(store.all_events())) == 2


def test_concurrent_writers_of_the_same_events_count_each_once(store: CustomerStore) -> None:
    start = threading.Barrier(4)

    def write(_: int) -> int:
        start.wait()
        stored = [store.add_event(_event(n), {"events": 1.0, "category#Tea": 0.1}, NOW) for n in range(10)]
        return stored.count("stored")

    with ThreadPoolExecutor(4) as pool:
        accepted = sum(pool.map(write, range(4)))
    counters = store.read("c-1", events=50).profile["counters"]
    assert accepted == 10
    assert counters == {"events": 10.0, "category#Tea": 1.0}
    assert len(store.events("c-1")) == 10


def test_a_read_brings_the_latest_events_newest_first(store: CustomerStore) -> None:
    for n in range(5):
        store.add_event(_event(n, at=NOW + timedelta(minutes=n)), {"events": 1.0}, NOW)
    assert [event.event_id for event in store.read("c-1", events=3).events] == ["e-4", "e-3", "e-2"]
    assert [event.event_id for event in store.events("c-1")] == [f"e-{n}" for n in range(5)]
    assert store.read("nobody", events=3).events == []


def test_a_written_event_comes_back_as_it_was(store: CustomerStore) -> None:
    event = Event.model_validate(
        {
            "event_id": "e-9",
            "event_name": "purchase",
            "event_time": "2026-11-01T10:00:00.123456+02:00",
            "customer_id": "c-1",
            "items": [{"item_id": "p-1", "item_name": "茶 ☕ שלום", "quantity": 2, "price": 19.9}],
            "currency": "CNY",
            "value": 39.8,
        }
    )
    store.add_event(event, {"events": 1.0}, NOW)
    assert store.events("c-1") == [event]


def test_a_profile_is_due_from_its_first_event_until_it_is_rebuilt(store: CustomerStore) -> None:
    store.add_event(_event(1), {"events": 1.0}, NOW)
    assert store.due(NOW, limit=10) == ["c-1"]
    store.save_traits(
        "c-1", {"traits": []}, events_counted=1, corrections_version=0, forgotten_until=None, due_at=None
    )
    assert store.due(NOW, limit=10) == []
    record = store.read("c-1", events=0)
    assert record.profile["document"] == {"traits": []}
    assert record.profile["stale_since"] is None


def test_an_event_that_came_during_the_rebuild_keeps_the_profile_due(store: CustomerStore) -> None:
    store.add_event(_event(1), {"events": 1.0}, NOW)
    store.add_event(_event(2), {"events": 1.0}, NOW)
    store.save_traits(
        "c-1", {"traits": [1]}, events_counted=1, corrections_version=0, forgotten_until=None, due_at=None
    )
    assert store.due(NOW, limit=10) == ["c-1"]
    assert store.read("c-1", events=0).profile["document"] == {"traits": [1]}


def test_a_fresh_profile_is_due_again_when_a_trait_expires(store: CustomerStore) -> None:
    store.add_event(_event(1), {"events": 1.0}, NOW)
    expiry = NOW + timedelta(days=30)
    store.save_traits("c-1", {}, events_counted=1, corrections_version=0, forgotten_until=None, due_at=expiry)
    assert store.due(NOW, limit=10) == []
    assert store.due(expiry, limit=10) == ["c-1"]


def test_the_longest_due_come_first(store: CustomerStore) -> None:
    for n in range(12):
        store.add_event(_event(1, customer=f"c-{n:02}"), {"events": 1.0}, NOW - timedelta(minutes=n))
    assert store.due(NOW, limit=3) == ["c-11", "c-10", "c-09"]


def test_corrections_are_kept_and_a_lost_race_is_told(store: CustomerStore) -> None:
    store.save_corrections("c-1", {"t": {"action": "remove"}}, expected=0, now=NOW)
    with pytest.raises(Conflict):
        store.save_corrections("c-1", {}, expected=0, now=NOW)
    profile = store.read("c-1", events=0).profile
    assert profile["corrections"] == {"t": {"action": "remove"}}
    assert profile["corrections_version"] == 1
    store.save_corrections("c-1", {}, expected=1, now=NOW)
    assert store.read("c-1", events=0).profile["corrections"] == {}


def test_a_rebuild_does_not_bring_back_somebody_who_is_gone(store: CustomerStore) -> None:
    store.save_traits(
        "gone", {"traits": [1]}, events_counted=3, corrections_version=0, forgotten_until=None, due_at=None
    )
    assert store.read("gone", events=0).profile["document"] == {}


def test_a_conversation_is_remembered_for_an_hour(aws: dict[str, str]) -> None:
    store = bootstrap.conversations()
    first = Turn("How heavy is the kettle?", "p-1")
    assert store.last_turn("c-1", "talk", NOW) is None
    store.keep_turn("c-1", "talk", first, NOW)
    assert store.last_turn("c-1", "talk", NOW + timedelta(minutes=59)) == first
    # What comes next takes its place, and its hour begins anew.
    store.keep_turn("c-1", "talk", Turn("Do you ship abroad?"), NOW + timedelta(minutes=30))
    assert store.last_turn("c-1", "talk", NOW + timedelta(minutes=89)) == Turn("Do you ship abroad?")
    assert store.turns("c-1", NOW + timedelta(minutes=89)) == [Turn("Do you ship abroad?")]
    # DynamoDB deletes it later; it counts as gone at once.
    assert store.last_turn("c-1", "talk", NOW + timedelta(minutes=91)) is None
    assert store.turns("c-1", NOW + timedelta(minutes=91)) == []


def test_a_conversation_is_no_event_and_no_profile(store: CustomerStore) -> None:
    store.add_event(_event(1), {"events": 1.0}, NOW)
    bootstrap.conversations().keep_turn("c-1", "talk", Turn("Do you ship abroad?"), NOW)
    record = store.read("c-1", events=10)
    assert [each.event_id for each in record.events] == ["e-1"]
    assert record.profile["counters"] == {"events": 1.0}
    assert [each.event_id for each in store.all_events()] == ["e-1"]


def asked(number: int, customer: str | None = "c-1") -> AskedQuestion:
    return AskedQuestion(
        question_id=f"q-{number}",
        customer_id=customer,
        question="Do you ship abroad?",
        language="en",
        asked_at=NOW + timedelta(minutes=number),
        outcome="not_known",
    )


def test_questions_are_kept_for_thirty_days_with_their_customer_or_without(store: CustomerStore) -> None:
    questions = bootstrap.questions()
    kept = [asked(2), asked(1), asked(3, None), asked(4, "c-2")]
    for each in kept:
        questions.keep(each)
    assert questions.of("c-1", NOW) == [asked(1), asked(2)]
    assert sorted(questions.all_asked(NOW), key=lambda each: each.question_id) == [
        asked(1),
        asked(2),
        asked(3, None),
        asked(4, "c-2"),
    ]
    # DynamoDB deletes them later; they count as gone at once.
    later = NOW + timedelta(days=30, minutes=2)
    assert {each.question_id for each in questions.all_asked(later)} == {"q-3", "q-4"}
    assert store.read("c-1", events=10).events == []
    assert store.forget("c-1", said=[], corrections={}, now=NOW).questions == 2
    assert questions.of("c-1", NOW) == []


def test_an_opinion_is_kept_with_its_question_and_nowhere_else(aws: dict[str, str]) -> None:
    questions, bad = bootstrap.questions(), Opinion(helpful=False, why="wrong", comment="It is 2 kg.")
    questions.keep(asked(1))
    questions.keep(asked(3, None))
    questions.add_opinion("q-1", "c-1", Opinion(helpful=True), NOW)
    questions.add_opinion("q-1", "c-1", bad, NOW + timedelta(minutes=5))
    questions.add_opinion("q-3", "c-1", bad, NOW)  # it was kept without its customer
    assert questions.of("c-1", NOW) == [
        asked(1).model_copy(update={"opinion": bad, "opinion_at": NOW + timedelta(minutes=5)})
    ]
    for question_id, customer, when in (
        ("q-1", "c-2", NOW),
        ("q-1", None, NOW),
        ("q-9", "c-1", NOW),
        ("q-1", "c-1", NOW + timedelta(days=31)),
    ):
        with pytest.raises(NotFound):
            questions.add_opinion(question_id, customer, bad, when)
    assert len(list(questions.all_asked(NOW))) == 2
    # Asked again: what was thought of the answer before stays.
    questions.keep(asked(1))
    assert questions.of("c-1", NOW)[0].opinion == bad
