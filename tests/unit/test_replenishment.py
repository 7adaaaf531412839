"""What is bought again, and when it is due: of all customers and of one."""

from datetime import UTC, datetime, timedelta

import pytest

from shopwright.events import Event
from shopwright.ports import Replenishment
from shopwright.replenishment import (
    Purchase,
    due,
    purchases,
    recalled,
    remembered,
    replenishable,
    used_up,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_COUNT = 0


def event(customer: str, name: str, item: str, days_ago: float, transaction: str | None = None) -> Event:
    global _COUNT
    _COUNT += 1
    return Event.model_validate(
        {
            "event_id": f"e-{_COUNT:05}",
            "event_name": name,
            "event_time": NOW - timedelta(days=days_ago),
            "customer_id": customer,
            "items": [{"item_id": item}],
            "transaction_id": transaction,
        }
    )


def bought(customer: str, item: str, *days_ago: float) -> list[Event]:
    return [event(customer, "purchase", item, days) for days in sorted(days_ago, reverse=True)]


def test_what_many_buy_again_is_replenishable_with_the_usual_interval() -> None:
    events = [each for n in range(8) for each in bought(f"c-{n}", "coffee", 90 - n, 62 - n, 32 - n)]
    events += [each for n in range(8) for each in bought(f"c-{n}", "phone", 200 + n)]
    # One customer who buys it every day does not make everybody's interval.
    events += bought("hoarder", "coffee", *(3.0 * n for n in range(1, 31)))
    found = replenishable(events, NOW)
    assert list(found) == ["coffee"]
    assert found["coffee"].days == pytest.approx(29, abs=1)
    assert found["coffee"].share == pytest.approx(9 / 14, abs=0.001)


def test_a_few_repeats_among_many_buyers_or_of_few_buyers_tell_nothing() -> None:
    events = [each for n in range(100) for each in bought(f"c-{n}", "phone", 200)]
    events += [each for n in range(4) for each in bought(f"twice-{n}", "phone", 200, 150)]
    events += [each for n in range(2) for each in bought(f"c-{n}", "kettle", 200, 100)]
    assert replenishable(events, NOW) == {}


def test_who_had_no_time_to_buy_it_again_does_not_count_against_it() -> None:
    events = [each for n in range(6) for each in bought(f"old-{n}", "coffee", 60, 30)]
    share = replenishable(events, NOW)["coffee"].share
    events += [each for n in range(100) for each in bought(f"new-{n}", "coffee", 5)]
    assert replenishable(events, NOW)["coffee"].share == share


def test_one_errand_and_what_was_given_back_are_no_repeats() -> None:
    errand = [each for n in range(9) for each in bought(f"c-{n}", "jacket", 100, 99.2)]
    assert replenishable(errand, NOW) == {}
    exchanged = []
    for n in range(9):
        exchanged += [
            event(f"c-{n}", "purchase", "shoes", 100, "t-1"),
            event(f"c-{n}", "refund", "shoes", 95, "t-1"),
            event(f"c-{n}", "purchase", "shoes", 94, "t-2"),
        ]
    assert replenishable(exchanged, NOW) == {}


def test_a_refund_takes_back_its_own_transaction() -> None:
    events = [
        event("c", "purchase", "coffee", 60, "t-1"),
        event("c", "purchase", "coffee", 30, "t-2"),
        event("c", "refund", "coffee", 29, "t-1"),
    ]
    assert [each.event_id for each in purchases(events)["coffee"]] == [events[1].event_id]
    events.append(event("c", "refund", "coffee", 28))
    assert purchases(events) == {}


@pytest.mark.parametrize(("days_ago", "is_due"), [(15, False), (20, True), (40, True)])
def test_it_is_due_shortly_before_the_interval_is_over(days_ago: float, is_due: bool) -> None:
    own = purchases(bought("c", "coffee", days_ago))
    found = due(own, {"coffee": Replenishment(28, 0.5)}, NOW)
    assert ("coffee" in found) == is_due
    if is_due:
        assert (found["coffee"].days, found["coffee"].own, found["coffee"].share) == (28, False, 0.5)
        assert found["coffee"].events == (own["coffee"][0].event_id,)


def test_ones_own_interval_counts_more_than_that_of_all() -> None:
    own = purchases(bought("c", "coffee", 70, 56, 42, 16))
    found = due(own, {"coffee": Replenishment(90, 0.4)}, NOW)["coffee"]
    assert (found.days, found.own, found.share) == (20, True, 0.5)  # of 14, 14, 26 and 90
    assert len(found.events) == 4
    # Without anybody else: their own gaps, median 14.
    assert due(own, {}, NOW)["coffee"].days == 14


def test_what_is_bought_once_and_by_nobody_again_stays_owned() -> None:
    assert due(purchases(bought("c", "phone", 300)), {}, NOW) == {}


def test_a_profile_remembers_the_latest_of_what_is_bought_again_first() -> None:
    events = [each for n in range(80) for each in bought("c", f"once-{n:02}", 1 + n)]
    events += bought("c", "coffee", *(100.0 + 10 * n for n in range(9)))
    own = purchases(sorted(events, key=lambda each: each.event_time))
    kept = remembered(own)
    assert len(kept) == 60
    assert list(kept)[:2] == ["coffee", "once-00"]
    assert len(kept["coffee"]) == 4
    assert recalled(kept)["coffee"] == own["coffee"][-4:]


def test_later_purchases_go_on_from_the_remembered() -> None:
    earlier = {"coffee": [Purchase(NOW - timedelta(days=60), "e-old")]}
    own = purchases(bought("c", "coffee", 30), earlier)
    assert own["coffee"][0].event_id == "e-old"
    assert due(own, {}, NOW)["coffee"].days == 30
    assert len(earlier["coffee"]) == 1


def test_what_was_bought_before_anything_known_is_used_up_when_that_is_long_enough() -> None:
    known = {"coffee": Replenishment(28, 0.5)}
    owned = ["coffee", "phone"]
    assert used_up(owned, {}, known, NOW - timedelta(days=19), NOW) == set()
    assert used_up(owned, {}, known, NOW - timedelta(days=20), NOW) == {"coffee"}
    assert used_up(owned, {}, known, None, NOW) == {"coffee"}
    seen = purchases(bought("c", "coffee", 3))
    assert used_up(owned, seen, known, None, NOW) == set()
