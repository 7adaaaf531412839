"""Taking events in: what is stored, what is refused and why, what is counted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopwright.affinity import HALF_LIFE, LANDMARK, affinities, increments, weight
from shopwright.events import Event
from shopwright.ingestion import Ingestion
from shopwright.products import Product
from tests.unit.fakes import InMemoryCatalog, InMemoryCustomers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PHONE = Product(id="p-1", title="Phone", price="499.00 EUR", brand="Aria", product_type="Phones")
LAMP = Product(id="p-2", title="Lamp", price="29.00 EUR", brand="Lumo", product_type="Lamps")


def row(event_id: str = "e-1", name: str = "view_item", **fields: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "event_id": event_id,
        "event_name": name,
        "event_time": (NOW - timedelta(hours=1)).isoformat(),
        "customer_id": "c-1",
        "items": [{"item_id": "p-1"}],
    }
    return {**base, **fields}


def service() -> tuple[Ingestion, InMemoryCustomers]:
    customers = InMemoryCustomers()
    catalog = InMemoryCatalog([PHONE, LAMP])
    return Ingestion(customers, catalog, timedelta(days=365)), customers


def counters(customers: InMemoryCustomers, customer_id: str = "c-1") -> dict[str, float]:
    return customers.read(customer_id, events=0).profile["counters"]


def test_good_events_are_stored_and_counted_at_once() -> None:
    ingestion, customers = service()
    result = ingestion.ingest([row("e-1"), row("e-2", "purchase"), row("e-3", customer_id="c-2")], NOW)
    assert (result.accepted, result.duplicates, result.rejected) == (3, 0, [])
    assert [event.event_id for event in customers.events("c-1")] == ["e-1", "e-2"]
    counted = counters(customers)
    assert counted["events"] == 2
    assert counted["event#view_item"] == 1
    assert counted["event#purchase"] == 1
    assert counted["category#Phones"] == pytest.approx(6 * weight(NOW - timedelta(hours=1)))
    assert counted["brand#Aria"] == counted["category#Phones"]
    assert customers.due(NOW, limit=10) == ["c-1", "c-2"]


def test_the_same_event_counts_once() -> None:
    ingestion, customers = service()
    first = ingestion.ingest([row(), row()], NOW)
    again = ingestion.ingest([row()], NOW)
    assert (first.accepted, first.duplicates) == (1, 1)
    assert (again.accepted, again.duplicates) == (0, 1)
    assert counters(customers)["events"] == 1


def test_bad_events_are_named_and_the_rest_is_stored() -> None:
    ingestion, customers = service()
    secret = "jane@example.com"  # pragma: allowlist secret
    result = ingestion.ingest(
        [
            row("e-1"),
            row("e-2", items=[{"item_id": f"{secret} "}]),
            row("e-3", name=secret),
            row("e-4", event_time="soon"),
            row("e-5", items=[]),
            row("e-6", email=secret),
            secret,
            row("e-7", name="search", search_term="  ", items=[]),
            row("e-8", items=[{"item_id": "p-1", "price": float("nan")}]),
        ],
        NOW,
    )
    assert result.accepted == 1
    assert [(fault.index, fault.field) for fault in result.rejected] == [
        (1, "items.0.item_id"),
        (2, "event_name"),
        (3, "event_time"),
        (4, ""),
        (5, "email"),
        (6, ""),
        (7, ""),
        (8, "items.0.price"),
    ]
    assert "view_item needs items" in result.rejected[3].why
    assert all(secret not in fault.why and fault.why for fault in result.rejected)
    assert counters(customers)["events"] == 1


@pytest.mark.parametrize(
    ("age", "accepted"),
    [
        (timedelta(days=365), 1),
        (timedelta(days=365, seconds=1), 0),
        (timedelta(minutes=-10), 1),
        (timedelta(minutes=-10, seconds=-1), 0),
    ],
)
def test_an_event_must_be_of_our_time(age: timedelta, accepted: int) -> None:
    ingestion, _ = service()
    result = ingestion.ingest([row(event_time=(NOW - age).isoformat())], NOW)
    assert result.accepted == accepted
    assert [fault.field for fault in result.rejected] == ["event_time"] * (1 - accepted)


def test_what_the_catalogue_does_not_know_is_taken_from_the_event() -> None:
    ingestion, customers = service()
    known = {"item_id": "p-1", "item_category": "Wrong", "item_brand": "Wrong"}
    unknown = {"item_id": "x-9", "item_category": "Kites", "item_brand": "Zephyr"}
    ingestion.ingest([row(items=[known, unknown, {"item_id": "x-10"}])], NOW)
    names = {name for name in counters(customers) if "#" in name}
    assert names == {"event#view_item", "category#Phones", "category#Kites", "brand#Aria", "brand#Zephyr"}


def test_a_product_without_category_is_no_taste_for_the_rest() -> None:
    bare = Product(id="p-3", title="Thing", price="1.00 EUR")
    assert bare.category == "other"
    plain, told = (
        increments(Event.model_validate(row(items=[item])), {"p-3": bare})
        for item in ({"item_id": "p-3"}, {"item_id": "p-3", "item_category": "Kites", "item_brand": "Zephyr"})
    )
    assert set(plain) == {"events", "event#view_item"}
    assert set(told) - set(plain) == {"category#Kites", "brand#Zephyr"}


def test_being_shown_a_list_says_nothing_of_taste_and_pieces_do_not_multiply_it() -> None:
    ingestion, customers = service()
    ingestion.ingest([row("e-1", "view_item_list")], NOW)
    assert not any(name.startswith("category#") for name in counters(customers))
    ten = [{"item_id": "p-1", "quantity": 10}, {"item_id": "p-1"}]
    ingestion.ingest([row("e-2", "purchase", items=ten)], NOW)
    assert counters(customers)["category#Phones"] == pytest.approx(5 * weight(NOW - timedelta(hours=1)))


def test_a_basket_of_everything_stays_within_one_update() -> None:
    event = Event.model_validate(
        row(
            items=[{"item_id": f"x-{n}", "item_category": f"k{n}", "item_brand": f"b{n}"} for n in range(200)]
        )
    )
    assert len(increments(event, {})) == 2 + 25 + 25


def test_newer_interest_weighs_more() -> None:
    assert weight(LANDMARK) == 1
    assert weight(NOW + HALF_LIFE) == pytest.approx(2 * weight(NOW))
    ingestion, customers = service()
    old = (NOW - 2 * HALF_LIFE).isoformat()
    lamp = [{"item_id": "p-2"}]
    ingestion.ingest([row("e-1", event_time=old), row("e-2", event_time=NOW.isoformat(), items=lamp)], NOW)
    assert affinities(counters(customers), {}).category == pytest.approx({"Lamps": 0.8, "Phones": 0.2})


def test_corrections_show_in_affinities() -> None:
    counted = {"category#A": 6.0, "category#B": 2.0, "category#C": -3.0, "brand#X": 0.0}
    assert affinities(counted, {}).category == {"A": 0.75, "B": 0.25}
    assert affinities(counted, {}).brand == {}
    removed = {"category_affinity:A": {"action": "remove"}}
    assert affinities(counted, removed).category == {"B": 1.0}
    stated = {"category_affinity:C": {"action": "set", "value": "C"}}
    assert affinities(counted, stated).category == pytest.approx(
        {"A": 6 / 14, "C": 6 / 14, "B": 2 / 14}, abs=1e-4
    )
    assert affinities({}, {"brand_affinity:Y": {"action": "set", "value": "Y"}}).brand == {"Y": 1.0}


# How long an example takes is not what is tested here.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ages=st.lists(st.floats(min_value=0, max_value=360), min_size=1, max_size=15),
    names=st.lists(
        st.sampled_from(["view_item", "purchase", "refund", "share", "add_to_cart"]), min_size=15, max_size=15
    ),
    seed=st.integers(),
)
def test_counters_do_not_depend_on_order(ages: list[float], names: list[str], seed: int) -> None:
    rows = [
        row(f"e-{index}", name, event_time=(NOW - timedelta(days=age)).isoformat())
        for index, (age, name) in enumerate(zip(ages, names, strict=False))
    ]
    shuffled = rows + rows[: len(rows) // 2]
    random.Random(seed).shuffle(shuffled)
    ingestion, one = service()
    ingestion.ingest(rows, NOW)
    ingestion, other = service()
    ingestion.ingest(shuffled, NOW)
    assert counters(one) == counters(other)
