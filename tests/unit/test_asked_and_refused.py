"""What a shop asks of a list with filters, what customers buy again, and what they will not have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopwright.corrections import MAX_CORRECTIONS, MAX_REFUSALS, Correction, merged
from shopwright.errors import InvalidInput
from shopwright.filters import Filters
from shopwright.ranking import Placement
from tests.unit.small_shop import NOW, Shop, ids, lively_shop, product

PLACEMENTS: list[Placement] = ["for_you", "similar", "bought_together"]


@pytest.fixture
def shop() -> Shop:
    return lively_shop()


# --- Filters


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_filter_fills_the_list_wherever_the_shop_has_matching_products(
    shop: Shop, placement: Placement
) -> None:
    shop.does("c", "purchase", "aurora-1", hours_ago=2)
    found = shop.recommend("c", placement, "aurora-1", filters=Filters(category="tea"))
    assert set(ids(found)) == {"assam", "darjeeling", "sencha", "teapot"}
    assert all(item.reason.text for item in found.items)
    found = shop.recommend("c", placement, "aurora-1", limit=2, filters=Filters(category="Tea > Black"))
    assert set(ids(found)) == {"assam", "darjeeling"}


def test_what_fills_up_says_no_more_than_is_known(shop: Shop) -> None:
    found = shop.recommend("new", "similar", "aurora-1", filters=Filters(category="Tea"))
    codes = {item.product_id: item.reason.code for item in found.items}
    assert codes["assam"] == "popular_in_category"
    assert codes["darjeeling"] == "in_range"  # nobody looked at it yet
    texts = {item.product_id: item.reason.text for item in found.items}
    assert texts["assam"] == "Popular in Tea"


def test_what_speaks_for_a_product_goes_before_what_fills_up(shop: Shop) -> None:
    shop.does("c", "view_item", "assam")
    found = shop.recommend("c", filters=Filters(category="Tea"))
    assert ids(found)[0] == "sencha"
    assert found.items[0].reason.code == "looked_at"
    assert "assam" not in ids(found)


def test_a_price_range_finds_what_no_signal_leads_to(shop: Shop) -> None:
    cheap = [
        product(f"pin-{n:03}", f"Pin {n}", "Haberdashery > Pins", "Nail", price="0.50 CNY") for n in range(3)
    ]
    rest = [product(f"dear-{n:03}", f"Dear {n}", "Dear", "Dear", price="900.00 CNY") for n in range(300)]
    shop.put(*rest, *cheap)
    shop.learn()
    shop.does("c", "view_item", "assam")
    found = shop.recommend("c", filters=Filters(max_price=1))
    assert ids(found) == ["pin-000", "pin-001", "pin-002"]
    found = shop.recommend("c", limit=50, filters=Filters(min_price=100))
    assert len(found.items) == 50
    assert {item.price for item in found.items} == {"900.00 CNY"}


def test_a_filter_by_availability(shop: Shop) -> None:
    shop.put(product("lamp", "Lamp", "Home > Lamps", "Lux", availability="preorder"))
    assert ids(shop.recommend("new"))[0] == "lamp"
    assert "lamp" not in ids(shop.recommend("new", filters=Filters(availability="in_stock")))
    assert ids(shop.recommend("new", filters=Filters(availability="preorder"))) == ["lamp"]


def test_a_new_product_of_a_category_is_found_before_the_recount(shop: Shop) -> None:
    shop.put(product("lantern", "Lantern", "Garden > Lanterns", "Lux"))
    assert ids(shop.recommend("new", filters=Filters(category="Garden"))) == ["lantern"]
    assert ids(shop.recommend("new", filters=Filters(category="Cellar"))) == []


def test_filters_that_contradict_themselves_are_refused(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as raised:
        shop.recommend("new", filters=Filters(min_price=2, max_price=1))
    assert raised.value.field == "min_price"


# --- Buying again


def days(number: float) -> float:
    return 24 * number


@pytest.fixture
def coffee_shop() -> Shop:
    """Six customers buy Assam every four weeks; phones are bought once."""
    shop = Shop()
    for n in range(6):
        for ago in (90, 62, 34, 6):
            shop.does(f"tea-{n}", "purchase", "assam", hours_ago=days(ago))
        shop.does(f"tea-{n}", "purchase", "aurora-1", hours_ago=days(200))
    shop.learn()
    return shop


@pytest.mark.parametrize(("ago", "is_due"), [(10, False), (25, True)])
def test_what_customers_buy_again_comes_back_when_it_is_due(
    coffee_shop: Shop, ago: int, is_due: bool
) -> None:
    event = coffee_shop.does("c", "purchase", "assam", "aurora-1", hours_ago=days(ago))
    for placement in PLACEMENTS:
        found = coffee_shop.recommend("c", placement, "kettle", limit=12, filters=Filters(max_price=99))
        assert ("assam" in ids(found)) == is_due
        assert "aurora-1" not in ids(found)
    if is_due:
        first = coffee_shop.recommend("c").items[0]
        assert (first.product_id, first.reason.code) == ("assam", "buy_again")
        day = (NOW - timedelta(days=ago)).day
        assert first.reason.text == (
            f"You bought this on {day} October 2026; customers buy it again about every 4 weeks"
        )
        assert first.reason.evidence.events == [event]
        chinese = coffee_shop.recommend("c", language="zh").items[0].reason.text
        assert chinese == f"您在2026年10月{day}日买过；顾客大约每4周再次购买"


def test_somebody_with_an_interval_of_their_own_is_told_so() -> None:
    shop = Shop()
    events = [shop.does("c", "purchase", "sencha", hours_ago=days(ago)) for ago in (30, 20, 10)]
    shop.learn()
    first = shop.recommend("c").items[0]
    assert first.product_id == "sencha"
    assert first.reason.text == "You bought this on 22 October 2026; you buy it again about every 10 days"
    assert first.reason.evidence.events == events


def test_what_is_in_the_cart_already_is_not_called_for_again(coffee_shop: Shop) -> None:
    coffee_shop.does("c", "purchase", "assam", hours_ago=days(30))
    assert ids(coffee_shop.recommend("c"))[0] == "assam"
    coffee_shop.does("c", "add_to_cart", "assam", hours_ago=1)
    assert "assam" not in ids(coffee_shop.recommend("c"))


def test_a_purchase_beyond_the_latest_events_is_remembered_by_the_profile(coffee_shop: Shop) -> None:
    event = coffee_shop.does("c", "purchase", "assam", hours_ago=days(25))
    coffee_shop.profiles().refresh("c", NOW)
    for n in range(60):
        coffee_shop.does("c", "view_item", "kettle", hours_ago=days(20) - n / 10)
    first = coffee_shop.recommend("c").items[0]
    assert (first.product_id, first.reason.evidence.events) == ("assam", [event])


def test_without_that_memory_it_is_free_again_when_it_must_be_used_up(coffee_shop: Shop) -> None:
    coffee_shop.does("c", "purchase", "assam", hours_ago=days(25))
    for n in range(60):
        coffee_shop.does("c", "view_item", "kettle", hours_ago=days(10) - n / 10)
    # All that is known is that it was bought more than ten days ago.
    assert "assam" not in ids(coffee_shop.recommend("c", "similar", "darjeeling"))
    coffee_shop.does("d", "purchase", "assam", hours_ago=days(60))
    for n in range(60):
        coffee_shop.does("d", "view_item", "kettle", hours_ago=days(25) - n / 10)
    assert "assam" in ids(coffee_shop.recommend("d", "similar", "darjeeling"))
    assert "aurora-1" not in ids(coffee_shop.recommend("tea-1", limit=12))


# --- Not this, and not because of that


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_refused_product_and_its_variants_are_never_shown(shop: Shop, placement: Placement) -> None:
    for colour in ("red", "blue"):
        shop.put(
            product(f"case-{colour}", f"Aurora case {colour}", "Phones > Cases", "Aurora", item_group_id="c")
        )
    shop.does("a", "purchase", "aurora-1", "case-red", "case-blue", "case-1", hours_ago=99)
    shop.learn()
    beside = {"for_you": "aurora-1", "similar": "case-2", "bought_together": "aurora-1"}[placement]
    before = set(ids(shop.recommend("c", placement, beside, limit=20)))
    assert {"case-1", "case-red", "case-blue"} <= before
    shop.says("c", product="case-1")
    assert set(ids(shop.recommend("c", placement, beside, limit=20))) == before - {"case-1"}
    shop.says("c", product="case-red")
    assert set(ids(shop.recommend("c", placement, beside, limit=20))) == before - {
        "case-1",
        "case-red",
        "case-blue",
    }
    shop.says("c", "reset", product="case-red")
    shop.says("c", "reset", product="case-1")
    assert set(ids(shop.recommend("c", placement, beside, limit=20))) == before


def test_nothing_is_recommended_because_of_a_product_that_was_taken_out(shop: Shop) -> None:
    shop.does("c", "view_item", "assam", hours_ago=3)
    seen = shop.does("c", "view_item", "aurora-1", hours_ago=2)
    shop.profiles().refresh("c", NOW)
    before = shop.recommend("c", limit=12)
    assert "aurora-1" in [each for item in before.items for each in item.reason.evidence.products]
    shop.says("c", because="aurora-1")
    found = shop.recommend("c", limit=12)
    for item in found.items:
        assert "aurora-1" not in item.reason.evidence.products
        assert "Aurora" not in item.reason.text
        assert seen not in item.reason.evidence.events
        if item.reason.code in ("favourite_category", "favourite_brand", "popular_in_category"):
            assert set(item.reason.evidence.traits) <= {
                "category_affinity:Tea > Black",
                "brand_affinity:Leaf",
            }
    # What speaks for Boreas now is only that it is popular, as for somebody who never saw the other phone.
    score = {item.product_id: item.score for item in found.items}
    assert score["boreas-1"] < 0.1 < {item.product_id: item.score for item in before.items}["boreas-1"]
    assert "aurora-1" not in ids(found)  # it is no news either
    # In view it does not speak for anything, nor when it was put back.
    beside = shop.recommend("c", "for_you", "aurora-1", limit=12)
    assert "aurora-1" not in [each for item in beside.items for each in item.reason.evidence.products]
    shop.says("c", "reset", because="aurora-1")
    assert shop.recommend("c", limit=12) == before


def test_traits_do_not_rest_on_it_either(shop: Shop) -> None:
    for _ in range(3):
        shop.does("c", "view_item", "aurora-1", hours_ago=2)
        kept = shop.does("c", "view_item", "assam", hours_ago=2)
    profiles = shop.profiles()
    shop.says("c", because="aurora-1")
    profiles.refresh("c", NOW)
    profile = profiles.profile("c", NOW)
    assert {trait.value for trait in profile.traits if trait.name == "category_affinity"} == {"Tea > Black"}
    assert kept in profile.traits[0].evidence
    shop.says("c", "reset", because="aurora-1")
    profiles.refresh("c", NOW)
    assert "Phones > Smartphones" in {trait.value for trait in profiles.profile("c", NOW).traits}


def test_the_profile_shows_what_was_refused_the_latest_first(shop: Shop) -> None:
    shop.says("c", product="lamp")
    said = [Correction.model_validate({"trait_id": "because:assam", "action": "remove"})]
    profile = shop.profiles().correct("c", said, NOW + timedelta(hours=1))
    assert [(each.trait_id, each.action) for each in profile.corrections] == [
        ("because:assam", "remove"),
        ("product:lamp", "remove"),
    ]
    shop.says("c", "reset", because="assam")
    assert [each.trait_id for each in shop.profiles().profile("c", NOW).corrections] == ["product:lamp"]


def test_a_product_nobody_knows_can_be_refused_and_stays_so_when_it_comes(shop: Shop) -> None:
    shop.says("c", product="tomorrow")
    shop.put(product("tomorrow", "Aurora 3 phone", "Phones > Smartphones", "Aurora"))
    assert "tomorrow" not in ids(shop.recommend("c", "similar", "aurora-1", limit=20))
    assert "tomorrow" in ids(shop.recommend("d", "similar", "aurora-1", limit=20))


def test_a_refusal_said_again_keeps_what_was_known_of_the_product() -> None:
    one = product("mug", "Mug", "Mugs", "Clay", item_group_id="mugs")
    said = [Correction(trait_id="product:mug", action="remove")]
    first = merged({}, said, NOW, {"mug": one})
    assert first["product:mug"]["group"] == "mugs"
    assert merged(first, said, NOW + timedelta(days=1), {})["product:mug"] == {
        "action": "remove",
        "at": (NOW + timedelta(days=1)).isoformat(),
        "group": "mugs",
    }


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        ({"trait_id": "product:lamp", "action": "set"}, "corrections.0.action"),
        ({"trait_id": "because:lamp", "action": "set", "value": "lamp"}, "corrections.0.action"),
        ({"trait_id": "product:lamp", "action": "remove", "value": "lamp"}, "corrections.0.value"),
        ({"trait_id": "product:", "action": "remove"}, "corrections.0.trait_id"),
        ({"trait_id": "because:a/b", "action": "reset"}, "corrections.0.trait_id"),
        ({"trait_id": "products:lamp", "action": "remove"}, "corrections.0.trait_id"),
    ],
)
def test_a_refusal_that_makes_no_sense_is_named(correction: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        merged({}, [Correction.model_validate(correction)], NOW)
    assert raised.value.field == field


def test_refusals_have_room_of_their_own_and_an_end() -> None:
    said = [Correction(trait_id=f"interest:{n}", action="remove") for n in range(MAX_CORRECTIONS)]
    standing = merged({}, said, NOW)
    refused = [Correction(trait_id=f"product:{n}", action="remove") for n in range(MAX_REFUSALS)]
    standing = merged(standing, refused, NOW)
    with pytest.raises(InvalidInput, match="at most 300 refused products") as raised:
        merged(standing, [Correction(trait_id="because:x", action="remove")], NOW)
    assert raised.value.field == "corrections"
    back = [
        Correction(trait_id="product:7", action="reset"),
        Correction(trait_id="because:x", action="remove"),
    ]
    assert len(merged(standing, back, NOW)) == MAX_CORRECTIONS + MAX_REFUSALS
