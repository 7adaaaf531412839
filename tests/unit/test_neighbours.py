"""Neighbours and popularity, on shops small enough that the right answer is plain."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwright.complements import Pairs
from shopwright.events import Event
from shopwright.histories import baskets
from shopwright.neighbours import NEIGHBOUR_HALF_LIFE, category_key, neighbours, popularity
from shopwright.products import Product

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

SHOP = {
    product_id: Product(id=product_id, title=product_id, price="1.00 CNY", product_type=category, **more)
    for product_id, category, more in (
        ("phone-a", "Phones", {}),
        ("phone-b", "Phones", {}),
        ("case-a", "Cases", {"item_group_id": "case"}),
        ("case-a-red", "Cases", {"item_group_id": "case"}),
        ("case-b", "Cases", {}),
        ("bag", "Bags", {}),  # the bestseller, in everybody's basket
        ("tea", "Tea", {}),
        ("cup", "Cups", {}),
    )
}


class Log:
    """Events, one hour apart."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, customer: str, name: str, *items: str, days_ago: float = 1.0, **more: str) -> Event:
        event = Event.model_validate(
            {
                "event_id": f"e-{len(self.events):05}",
                "event_name": name,
                "event_time": NOW - timedelta(days=days_ago) + timedelta(seconds=len(self.events)),
                "customer_id": customer,
                "items": [{"item_id": item} for item in items],
                **more,
            }
        )
        self.events.append(event)
        return event


def first(row: dict[str, float]) -> str:
    return next(iter(row))


def test_what_is_bought_together_is_found_in_spite_of_the_bestseller() -> None:
    log = Log()
    for n in range(6):
        log.add(f"phone-{n}", "purchase", "phone-a", "case-a", "bag")
        log.add(f"tea-{n}", "purchase", "tea", "cup", "bag")
        log.add(f"other-{n}", "purchase", "phone-b", "case-b", "bag")
    found = neighbours(log.events, SHOP, NOW)
    assert first(found["phone-a"].bought) == "case-a"
    assert first(found["tea"].bought) == "cup"
    assert first(found["case-b"].bought) == "phone-b"


def test_one_sighting_in_complementary_categories_beats_one_within_a_category() -> None:
    log = Log()
    for n in range(20):
        log.add(f"c-{n}", "purchase", "phone-a", "case-a")
        log.add(f"t-{n}", "purchase", "tea", "cup")
    log.add("x", "purchase", "phone-b", "case-b")
    log.add("y", "purchase", "phone-b", "phone-a")
    found = neighbours(log.events, SHOP, NOW)["phone-b"].bought
    assert list(found) == ["case-b", "phone-a"]  # though phone-a sells twenty times as often


def test_categories_learn_what_completes_them() -> None:
    log = Log()
    for n in range(20):
        log.add(f"c-{n}", "purchase", "phone-a", "case-a")
        log.add(f"t-{n}", "purchase", "tea", "cup")
    sold = [basket for event in log.events for basket in baskets([event])]
    lift = Pairs(sold, SHOP, NOW, NEIGHBOUR_HALF_LIFE).category_lift
    assert lift["Phones", "Cases"] == lift["Cases", "Phones"] > 1.5
    assert lift["Phones", "Phones"] < 0.5
    assert ("Phones", "Tea") not in lift


def test_a_category_knows_what_is_bought_with_it_and_what_is_looked_at_in_it() -> None:
    log = Log()
    for n in range(3):
        log.add(f"c-{n}", "purchase", "phone-a", "case-a")
    log.add("d", "view_item", "phone-b")
    found = neighbours(log.events, SHOP, NOW)[category_key("Phones")]
    assert list(found.bought) == ["case-a"]
    assert list(found.viewed) == ["phone-a", "phone-b"]
    assert found.viewed["phone-a"] == 1


def test_a_variant_is_no_complement_but_may_be_looked_at_next() -> None:
    log = Log()
    for n in range(5):
        log.add(f"c-{n}", "view_item", "case-a")
        log.add(f"c-{n}", "view_item", "case-a-red")
        log.add(f"c-{n}", "purchase", "case-a", "case-a-red")
    found = neighbours(log.events, SHOP, NOW)["case-a"]
    assert found.bought == {}
    assert first(found.viewed) == "case-a-red"


def test_what_comes_next_is_nearer_than_what_came_before() -> None:
    log = Log()
    for n in range(4):
        for item in ("phone-a", "phone-b", "case-a"):
            log.add(f"c-{n}", "view_item", item)
    found = neighbours(log.events, SHOP, NOW)
    assert list(found["phone-b"].viewed) == ["case-a", "phone-a"]
    assert found["phone-a"].viewed["phone-b"] > found["phone-a"].viewed["case-a"]


def test_another_day_counts_less_than_the_same_visit() -> None:
    log = Log()
    for n in range(4):
        log.add(f"same-{n}", "view_item", "phone-a", days_ago=1)
        log.add(f"same-{n}", "view_item", "phone-b", days_ago=1)
        log.add(f"back-{n}", "view_item", "phone-a", days_ago=9)
        log.add(f"back-{n}", "view_item", "tea", days_ago=1)
    found = neighbours(log.events, SHOP, NOW)["phone-a"].viewed
    assert found["phone-b"] > 2 * found["tea"]


def test_one_customer_who_reloads_all_day_does_not_decide() -> None:
    log = Log()
    for _ in range(50):
        log.add("bot", "view_item", "phone-a")
        log.add("bot", "view_item", "tea")
    for n in range(3):
        log.add(f"c-{n}", "view_item", "phone-a")
        log.add(f"c-{n}", "view_item", "phone-b")
    assert first(neighbours(log.events, SHOP, NOW)["phone-a"].viewed) == "phone-b"


def test_what_is_not_in_the_catalogue_is_nobodys_neighbour() -> None:
    log = Log()
    log.add("c", "purchase", "phone-a", "gone", "case-a")
    found = neighbours(log.events, SHOP, NOW)
    assert "gone" not in found
    assert set(found["phone-a"].bought) == {"case-a"}


def test_old_baskets_count_less() -> None:
    log = Log()
    for n in range(3):
        log.add(f"old-{n}", "purchase", "phone-a", "case-b", days_ago=720)
        log.add(f"new-{n}", "purchase", "phone-a", "case-a", days_ago=1)
    assert list(neighbours(log.events, SHOP, NOW)["phone-a"].bought) == ["case-a", "case-b"]


def test_only_the_nearest_are_kept() -> None:
    log = Log()
    log.add("c", "purchase", *SHOP)
    found = neighbours(log.events, SHOP, NOW, top=2)
    assert {len(each.bought) for each in found.values()} == {2}


def test_a_wholesalers_basket_costs_no_more_than_its_length() -> None:
    shop = {
        f"p{n}": Product(id=f"p{n}", title="x", price="1.00 CNY", product_type=f"c{n}") for n in range(200)
    }
    log = Log()
    log.add("c", "purchase", *shop)
    found = neighbours(log.events, shop, NOW, top=1000)
    assert max(len(found[product_id].bought) for product_id in shop) == 60
    assert set(found["p100"].bought) == {f"p{n}" for n in range(70, 131) if n != 100}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"transaction_id": "t-1"}, [["phone-a", "case-a"]]),
        ({"transaction_id": "t-2"}, [["phone-a"], ["case-a"]]),
        ({"session_id": "s-1"}, [["phone-a", "case-a"]]),
        ({"session_id": "s-1", "days_ago": 0.0}, [["phone-a"], ["case-a"]]),
        ({}, [["phone-a"], ["case-a"]]),
    ],
)
def test_what_is_one_basket(second: dict, expected: list[list[str]]) -> None:
    log = Log()
    log.add("c", "purchase", "phone-a", transaction_id="t-1", session_id="s-1", days_ago=2.0)
    log.add("c", "purchase", "case-a", **{"days_ago": 1.5, **second})
    assert [list(basket.items) for basket in baskets(log.events)] == expected


def test_a_refund_takes_out_of_the_basket() -> None:
    log = Log()
    log.add("c", "purchase", "phone-a", "case-a", transaction_id="t-1")
    log.add("c", "purchase", "phone-a", "tea", transaction_id="t-2")
    log.add("c", "refund", "phone-a", transaction_id="t-1")
    log.add("c", "refund", "tea")
    log.add("c", "refund", "cup")  # never bought
    assert [list(basket.items) for basket in baskets(log.events)] == [["case-a"], ["phone-a"]]


def test_popularity_fades_and_needs_many() -> None:
    log = Log()
    for _ in range(100):
        log.add("bot", "view_item", "tea")
    for n in range(3):
        log.add(f"c-{n}", "purchase", "phone-a", days_ago=1)
        log.add(f"c-{n}", "purchase", "phone-b", days_ago=61)
    found = popularity(log.events, NOW)
    assert list(found) == ["phone-a", "tea", "phone-b"]
    assert found["phone-a"] == 1
    assert found["phone-b"] == pytest.approx(0.25, abs=0.01)


def test_what_is_sent_back_is_not_popular() -> None:
    log = Log()
    for n in range(5):
        log.add(f"c-{n}", "purchase", "phone-a")
        log.add(f"c-{n}", "refund", "phone-a")
        log.add(f"c-{n}", "view_item", "phone-b")
    assert first(popularity(log.events, NOW)) == "phone-b"


def test_nothing_known_is_nothing_said() -> None:
    assert neighbours([], SHOP, NOW) == {}
    assert popularity([], NOW) == {}


@st.composite
def logs(draw: st.DrawFn) -> Sequence[Event]:
    log = Log()
    for _ in range(draw(st.integers(0, 30))):
        log.add(
            draw(st.sampled_from(["a", "b", "c"])),
            draw(st.sampled_from(["view_item", "add_to_cart", "remove_from_cart", "purchase", "refund"])),
            *draw(st.lists(st.sampled_from([*SHOP, "gone"]), min_size=1, max_size=5)),
            days_ago=draw(st.floats(0, 400)),
        )
    return log.events


@settings(max_examples=60, deadline=None)
@given(events=logs(), data=st.data())
def test_scores_are_in_range_and_do_not_depend_on_the_order_of_events(
    events: Sequence[Event], data: st.DataObject
) -> None:
    found = neighbours(events, SHOP, NOW)
    for key, near in found.items():
        for row in (near.bought, near.viewed):
            assert list(row.values()) == sorted(row.values(), reverse=True)
            assert all(0 < score <= 1 for score in row.values())
            assert key not in row
            assert set(row) <= set(SHOP)
    shuffled = data.draw(st.permutations(events))
    assert neighbours(shuffled, SHOP, NOW) == found
    assert popularity(shuffled, NOW) == popularity(events, NOW)
    assert all(0 < share <= 1 for share in popularity(events, NOW).values())
