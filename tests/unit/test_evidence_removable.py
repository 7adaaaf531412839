"""Evidence can be taken away: what a reason rests on is what moved the product up."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwright.affinity import increments
from shopwright.ports import Neighbours
from shopwright.ranking import Placement
from shopwright.reasons import Evidence
from tests.unit.fakes import InMemoryCustomers, toy_vector
from tests.unit.small_shop import NOW, PRODUCTS, Shop, lively_shop

IDS = [fields[0] for fields in PRODUCTS]
NAMES = ["view_item", "add_to_cart", "remove_from_cart", "add_to_wishlist", "purchase", "refund"]
PLACES = [
    ("for_you", None),
    *((placement, beside) for placement in ("for_you", "similar", "bought_together") for beside in IDS),
]
STATED = ["category_affinity:Tea > Green", "category_affinity:Phones > Cases", "brand_affinity:Clay"]


@dataclass
class Act:
    name: str
    item: str
    days_ago: float


def act(shop: Shop, acts: list[Act], stated: set[str]) -> None:
    for each in acts:
        shop.does("c", each.name, each.item, hours_ago=24 * each.days_ago)
    said = {key: {"action": "set", "value": key.partition(":")[2], "at": NOW.isoformat()} for key in stated}
    if said:
        shop.customers.save_corrections("c", said, expected=0, now=NOW)
    shop.profiles().refresh("c", NOW)


def without(shop: Shop, evidence: Evidence) -> Shop:
    """The same shop and customer, had the evidence never been: its events, its traits, what its products say.

    All else stays equal: what they did when, and how much of their interest went into what. So the events are
    not left out, which would make all others later and weightier, but were about something that this shop
    does not have.
    """
    other = lively_shop()
    other.customers = InMemoryCustomers()
    for event in shop.customers.events("c"):
        if event.event_id in evidence.events:
            gone = {"item_id": "nowhere", "item_category": "Nowhere", "item_brand": "Nobody"}
            items = [item.model_copy(update=gone) for item in event.items]
            event = event.model_copy(update={"items": items})
        known = other.catalog.products(item.item_id for item in event.items)
        other.customers.add_event(event, increments(event, known), NOW)
    corrections = shop.customers.read("c", events=0).profile["corrections"]
    kept = {key: value for key, value in corrections.items() if key not in evidence.traits}
    other.customers.save_corrections("c", kept, expected=0, now=NOW)
    other.profiles().refresh("c", NOW)
    silent = evidence.products if not evidence.events else []
    other.catalog.put_neighbours({product_id: Neighbours() for product_id in silent})
    for product_id in silent:
        other.catalog.put_products([other.catalog.product(product_id)], [toy_vector("nothing")], "another")
    return other


acts = st.builds(
    Act, st.sampled_from(NAMES), st.sampled_from(IDS), st.sampled_from([0.1, 0.5, 1.5, 3, 10, 20, 40, 80])
)


@settings(max_examples=150)
@given(
    acts=st.lists(acts, max_size=25),
    stated=st.sets(st.sampled_from(STATED), max_size=2),
    place=st.sampled_from(PLACES),
)
def test_without_its_evidence_a_product_drops(
    acts: list[Act], stated: set[str], place: tuple[Placement, str | None]
) -> None:
    placement, beside = place
    shop = lively_shop()
    act(shop, acts, stated)
    for item in shop.recommend("c", placement, beside, limit=50).items:
        evidence = item.reason.evidence
        if evidence.events or evidence.traits or evidence.products:
            note(item.reason.code)
            other = without(shop, evidence)
            after = {
                each.product_id: each for each in other.recommend("c", placement, beside, limit=50).items
            }
            left = after.get(item.product_id)
            assert left is None or left.score < item.score, (item, left)


def test_without_the_purchases_nothing_is_bought_again() -> None:
    shop = lively_shop()
    act(shop, [Act("purchase", "sencha", days) for days in (60, 40, 20)], set())
    first = shop.recommend("c").items[0]
    assert (first.product_id, first.reason.code) == ("sencha", "buy_again")
    assert len(first.reason.evidence.events) == 3
    after = without(shop, first.reason.evidence).recommend("c", limit=50).items
    assert all(item.score < first.score for item in after if item.product_id == "sencha")


def test_a_product_looked_at_often_is_evidence_with_every_look() -> None:
    shop = lively_shop()
    act(shop, [Act("view_item", "assam", days) for days in (3, 2, 1)], set())
    first = shop.recommend("c").items[0]
    assert (first.product_id, first.reason.code) == ("sencha", "looked_at")
    assert len(first.reason.evidence.events) == 3
