"""From events to traits, and what customers may say against them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopwright.corrections import MAX_CORRECTIONS, Correction, corrected, merged
from shopwright.errors import InvalidInput
from shopwright.events import Event
from shopwright.prices import PriceBand, PriceLevels
from shopwright.products import Product
from shopwright.traits import LIFETIME, Trait, traits
from tests.unit.fakes import InMemoryCatalog

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
PRODUCTS = {
    f"p-{n}": Product(
        id=f"p-{n}",
        title=f"Product {n}",
        price=f"{n}0.00 EUR",
        brand="Aria" if n % 2 else "Lumo",
        product_type="Phones" if n <= 6 else "Lamps",
    )
    for n in range(1, 13)
}
LEVELS = PriceLevels(PRODUCTS.values())


def event(number: int, name: str = "view_item", *, age: timedelta = timedelta(0), **fields: Any) -> Event:
    items = fields.pop("items", ["p-1"])
    return Event.model_validate(
        {
            "event_id": f"e-{number}",
            "event_name": name,
            "event_time": NOW - timedelta(hours=1) - age,
            "customer_id": "c-1",
            "items": [each if isinstance(each, dict) else {"item_id": each} for each in items],
            **fields,
        }
    )


def of(events: list[Event], now: datetime = NOW) -> dict[str, Trait]:
    return {trait.id: trait for trait in traits(events, PRODUCTS, LEVELS, now)}


def test_affinity_names_what_is_liked_with_its_evidence() -> None:
    found = of([event(1), event(2, "purchase"), event(3, items=["p-8"]), event(4, "view_item_list")])
    phones = found["category_affinity:Phones"]
    assert (phones.name, phones.value, phones.source) == ("category_affinity", "Phones", "behaviour")
    assert phones.evidence == ["e-2", "e-1"]  # the purchase says more than the look
    assert phones.confidence == pytest.approx(6 / 7 * 2 / 5, abs=0.01)
    assert phones.confidence > found["category_affinity:Lamps"].confidence
    assert phones.expires_at == NOW - timedelta(hours=1) + LIFETIME["category_affinity"]
    assert found["brand_affinity:Aria"].evidence == ["e-2", "e-1"]


def test_more_evidence_makes_surer_and_time_less_sure() -> None:
    few, many = of([event(1)]), of([event(n) for n in range(9)])
    assert few["category_affinity:Phones"].confidence == pytest.approx(0.25, abs=0.001)
    assert many["category_affinity:Phones"].confidence == pytest.approx(0.75, abs=0.001)
    later = of([event(n) for n in range(9)], NOW + timedelta(days=90))
    assert later["category_affinity:Phones"].confidence == pytest.approx(0.6, abs=0.001)


def test_evidence_is_the_ten_strongest() -> None:
    events = [event(n, age=timedelta(days=n)) for n in range(20)]
    assert of(events)["category_affinity:Phones"].evidence == [f"e-{n}" for n in range(10)]


def test_what_was_given_back_is_no_taste() -> None:
    back = [event(1, "add_to_cart"), event(2, "remove_from_cart"), event(3, "remove_from_cart")]
    assert "category_affinity:Phones" not in of(back)


def test_at_most_five_categories_and_nothing_passed_by() -> None:
    own = [{"item_id": f"x-{n}", "item_category": f"Kind {n}"} for n in range(8)]
    many = of([event(n, items=[own[n]]) for n in range(8)])
    assert [name for name in many if name.startswith("category")] == [
        f"category_affinity:Kind {n}" for n in range(5)
    ]
    once = [event(n, "purchase") for n in range(30)] + [event(99, items=["p-8"])]
    assert "category_affinity:Lamps" not in of(once)


def test_traits_expire() -> None:
    events = [event(1), event(2, "search", search_term="red lamp", items=[])]
    assert {"interest:red lamp", "category_affinity:Phones"} <= of(events).keys()
    later = of(events, NOW + timedelta(days=61))
    assert "interest:red lamp" not in later
    assert "category_affinity:Phones" in later
    assert of(events, NOW + timedelta(days=400)) == {}


def test_price_band_with_its_level() -> None:
    dear = [event(n, items=[f"p-{n}"]) for n in (4, 5, 6)]
    band = of(dear)["price_band:EUR"]
    assert band.value == PriceBand(low=40, high=60, level="high")
    assert set(band.evidence) == {"e-4", "e-5", "e-6"}
    cheap = of([event(n, items=["p-1"]) for n in range(3)])["price_band:EUR"]
    assert cheap.value == PriceBand(low=10, high=10, level="low")
    assert "price_band:EUR" not in of(dear[:2])


def test_price_band_takes_what_was_paid_in_its_currency() -> None:
    paid = [event(n, "purchase", items=[{"item_id": "p-1", "price": 8.5}], currency="USD") for n in range(3)]
    found = of(paid)
    assert found["price_band:USD"].value == PriceBand(low=8.5, high=8.5, level=None)
    assert "price_band:EUR" not in found
    # A price without its currency means nothing: the catalogue's stands in.
    vague = of([event(n, "purchase", items=[{"item_id": "p-1", "price": 8.5}]) for n in range(3)])
    assert vague["price_band:EUR"].value == PriceBand(low=10, high=10, level="low")


def test_searches_are_grouped_however_typed() -> None:
    typed = ["Red  Lamp", "red lamp", "ＲＥＤ LAMP", "蓝牙耳机"]
    found = of([event(n, "search", search_term=term, items=[]) for n, term in enumerate(typed)])
    assert set(found["interest:red lamp"].evidence) == {"e-0", "e-1", "e-2"}
    assert found["interest:蓝牙耳机"].value == "蓝牙耳机"


def test_rhythm_needs_several_visits() -> None:
    def evening(n: int, weeks: int) -> Event:
        return event(n, event_time=datetime(2026, 11, 14, 20, n, tzinfo=UTC) - timedelta(weeks=weeks))

    one_visit = of([evening(n, 0) for n in range(10)])
    assert not [name for name in one_visit if name.startswith("rhythm")]
    saturdays = of([evening(n, n) for n in range(6)])
    assert saturdays["rhythm:part_of_day"].value == "evening"
    assert saturdays["rhythm:part_of_week"].value == "weekend"
    # All week round, as chance would have it, is no rhythm.
    daily = of([event(n, age=timedelta(days=n)) for n in range(14)])
    assert "rhythm:part_of_week" not in daily


def test_language_is_the_one_used_most() -> None:
    spoken = ["zh", "zh", "en", None]
    found = of([event(n, language=language) for n, language in enumerate(spoken)])
    assert found["language"].value == "zh"
    assert set(found["language"].evidence) == {"e-0", "e-1"}


# How long an example takes is not what is tested here.
_patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_NAMES = ["view_item", "select_item", "add_to_cart", "remove_from_cart", "purchase", "refund", "search"]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    count = draw(st.integers(min_value=1, max_value=25))
    return [
        event(
            number,
            name := draw(st.sampled_from(_NAMES)),
            age=timedelta(minutes=draw(st.integers(min_value=0, max_value=400_000))),
            items=[] if name == "search" else draw(st.lists(st.sampled_from(list(PRODUCTS)), min_size=1)),
            search_term=draw(st.sampled_from(["lamp", "Lamp", "手机"])) if name == "search" else None,
            language=draw(st.sampled_from(["en", "zh", None])),
        )
        for number in range(count)
    ]


@_patient
@given(events=histories(), seed=st.integers())
def test_traits_depend_on_the_set_of_events_alone(events: list[Event], seed: int) -> None:
    again = events + events[::2]
    random.Random(seed).shuffle(again)
    assert traits(again, PRODUCTS, LEVELS, NOW) == traits(events, PRODUCTS, LEVELS, NOW)


@_patient
@given(events=histories())
def test_every_trait_rests_on_events_that_are_there(events: list[Event]) -> None:
    ids = {each.event_id for each in events}
    found = traits(events, PRODUCTS, LEVELS, NOW)
    assert len({trait.id for trait in found}) == len(found)
    for trait in found:
        assert trait.evidence
        assert set(trait.evidence) <= ids
        assert len(trait.evidence) <= 10
        assert 0 <= trait.confidence <= 1
        assert trait.expires_at is not None
        assert trait.expires_at > NOW


def correction(trait_id: str, action: str = "set", value: Any = None) -> Correction:
    return Correction.model_validate({"trait_id": trait_id, "action": action, "value": value})


def test_corrections_win() -> None:
    shown = traits([event(n, language="en") for n in range(3)], PRODUCTS, LEVELS, NOW)
    standing = merged(
        {},
        [
            correction("category_affinity:Phones", "remove"),
            correction("category_affinity:Books"),
            correction("language", value="zh"),
            correction("price_band:EUR", value={"low": 5, "high": 50}),
            correction("interest: Red  LAMP "),
            correction("rhythm:part_of_day", value="night"),
        ],
        NOW,
    )
    known = {trait.id: trait for trait in corrected(shown, standing)}
    assert "category_affinity:Phones" not in known
    assert known["category_affinity:Books"].value == "Books"
    assert known["language"].value == "zh"
    assert known["price_band:EUR"].value == PriceBand(low=5, high=50)
    assert known["interest:red lamp"].value == "red lamp"
    assert known["rhythm:part_of_day"].value == "night"
    assert known["brand_affinity:Aria"].source == "behaviour"
    stated = known["language"]
    assert (stated.source, stated.confidence, stated.expires_at) == ("customer", 1.0, None)
    assert (stated.evidence, stated.updated_at) == ([], NOW)


def test_the_last_word_counts_and_reset_takes_it_back() -> None:
    standing = merged({}, [correction("language", value="zh"), correction("language", "remove")], NOW)
    assert standing["language"]["action"] == "remove"
    assert merged(standing, [correction("language", "reset")], NOW) == {}


@pytest.mark.parametrize(
    ("trait_id", "action", "value", "field"),
    [
        ("shoe_size:42", "set", None, "trait_id"),
        ("category_affinity", "set", None, "trait_id"),
        ("category_affinity: ", "remove", None, "trait_id"),
        ("language:zh", "remove", None, "trait_id"),
        ("price_band:euro", "remove", None, "trait_id"),
        ("rhythm:season", "remove", None, "trait_id"),
        ("language", "set", "fr", "value"),
        ("language", "set", None, "value"),
        ("rhythm:part_of_day", "set", "weekend", "value"),
        ("price_band:EUR", "set", None, "value"),
        ("price_band:EUR", "set", "cheap", "value"),
        ("price_band:EUR", "set", {"low": 9, "high": 1}, "value"),
        ("category_affinity:Phones", "set", "Lamps", "value"),
        ("language", "remove", "zh", "value"),
    ],
)
def test_a_correction_that_makes_no_sense_names_its_field(
    trait_id: str, action: str, value: Any, field: str
) -> None:
    good = correction("category_affinity:Books", "remove")
    with pytest.raises(InvalidInput) as caught:
        merged({}, [good, correction(trait_id, action, value)], NOW)
    assert caught.value.field == f"corrections.1.{field}"


def test_corrections_are_limited() -> None:
    standing = merged({}, [correction(f"interest:{n}", "remove") for n in range(MAX_CORRECTIONS)], NOW)
    with pytest.raises(InvalidInput, match="at most"):
        merged(standing, [correction("interest:more", "remove")], NOW)


def test_levels_know_only_what_can_be_compared() -> None:
    assert LEVELS.position("Phones", "EUR", 1) == 0
    assert LEVELS.position("Phones", "EUR", 1000) == 1
    assert LEVELS.position("Phones", "USD", 30) is None
    assert LEVELS.position(None, "EUR", 30) is None
    assert not PriceLevels(InMemoryCatalog().all_products())
