"""Recommendations from end to end, on a small made-up shop: in memory, with vectors made of words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwright.errors import InvalidInput, NotFound
from shopwright.products import embedding_text
from shopwright.recommendations import Placement
from tests.unit.fakes import toy_vector
from tests.unit.small_shop import NOW, PRODUCTS, Shop, ids, lively_shop, product


@pytest.fixture
def shop() -> Shop:
    return lively_shop()


def test_bought_together_is_the_complement_and_not_the_bestseller(shop: Shop) -> None:
    found = shop.recommend("new", "bought_together", "aurora-1")
    assert ids(found)[:2] == ["case-1", "lamp"]
    assert found.items[0].reason.text == "Bought together with Aurora 1 phone"
    assert found.items[0].reason.evidence.products == ["aurora-1"]
    assert (found.served_by, found.degraded) == ("rules", None)


def test_a_product_nobody_bought_gets_the_complements_of_its_kind_and_its_own_case(shop: Shop) -> None:
    found = shop.recommend("new", "bought_together", "aurora-2")
    assert ids(found)[0] == "case-2"  # nobody has bought that one either, but cases go with phones
    assert found.items[0].reason.code == "type_bought_together"
    assert {"case-1", "lamp"} <= set(ids(found))
    assert not {"aurora-1", "boreas-1", "assam"} & set(ids(found))
    assert found.degraded is None


def test_bought_together_in_a_shop_without_baskets_says_so_and_offers_no_copies() -> None:
    shop = Shop()
    for name in ("lamp", "aurora-2"):
        shop.does("a", "view_item", name)
    shop.learn()
    found = shop.recommend("new", "bought_together", "aurora-1")
    assert ids(found) == ["lamp"]
    assert found.degraded == "no_neighbours"
    assert found.items[0].reason.code == "most_popular"


def test_who_has_every_complement_is_shown_something_else(shop: Shop) -> None:
    shop.does("c", "purchase", "case-1", "lamp")
    found = shop.recommend("c", "bought_together", "aurora-1")
    assert found.degraded == "no_neighbours"
    assert ids(found)[0] in {"teapot", "kettle"}
    assert not {"aurora-1", "aurora-2", "case-1", "case-2", "lamp"} & set(ids(found))


def test_similar_is_of_the_same_type(shop: Shop) -> None:
    found = shop.recommend("new", "similar", "aurora-1")
    assert ids(found)[:2] == ["aurora-2", "boreas-1"] or ids(found)[:2] == ["boreas-1", "aurora-2"]
    assert "assam" not in ids(found)
    reason = next(item.reason for item in found.items if item.product_id == "aurora-2")
    assert reason.text == "Like Aurora 1 phone: same type, same brand"


def test_similar_works_for_a_product_of_today(shop: Shop) -> None:
    shop.put(product("keemun", "Keemun black tea", "Tea > Black", "Leaf"))
    found = shop.recommend("new", "similar", "keemun")
    assert set(ids(found)[:2]) == {"assam", "darjeeling"}
    assert found.degraded is None


def test_similar_without_text_or_visits_falls_to_what_is_popular(shop: Shop) -> None:
    odd = product("odd", "Odd", "Phones > Smartphones", "Odd")
    shop.catalog.put_products([odd], [toy_vector("zyx")], "another model")
    found = shop.recommend("new", "similar", "odd")
    assert found.degraded == "no_neighbours"
    assert ids(found)[0] == "aurora-1"
    assert found.items[0].reason.text == "Popular in Smartphones"


def test_while_the_shop_is_embedded_anew_nothing_is_called_like_another(shop: Shop) -> None:
    outdated = [product(*fields) for fields in PRODUCTS if fields[0] not in ("aurora-1", "lamp")]
    shop.catalog.put_products(outdated, [toy_vector(embedding_text(each)) for each in outdated], "another")
    for placement in ("similar", "bought_together", "for_you"):
        found = shop.recommend("new", placement, "aurora-1")
        assert found.items
        assert "like" not in [item.reason.code for item in found.items]
    # What is not yet embedded anew is compared with the rest of its kind.
    found = shop.recommend("new", "similar", "assam")
    assert found.items[0].reason.code == "like"
    assert (found.items[0].reason.evidence.products, found.degraded) == (["assam"], None)


def test_similar_without_vectors_goes_by_visits_and_says_so() -> None:
    shop = Shop()
    for customer in ("a", "b", "c"):
        shop.does(customer, "view_item", "aurora-1")
        shop.does(customer, "view_item", "boreas-1")
    for customer in ("d", "e", "f"):
        shop.does(customer, "view_item", "lamp")
    shop.learn()
    assert shop.recommend("new", "similar", "aurora-1").degraded is None
    one = product(*PRODUCTS[0])
    shop.catalog.put_products([one], [toy_vector(embedding_text(one))], "another")
    found = shop.recommend("new", "similar", "aurora-1")
    assert (ids(found)[0], found.items[0].reason.code) == ("boreas-1", "viewed_together")
    assert found.degraded == "no_embeddings"


def test_for_you_follows_what_was_just_done(shop: Shop) -> None:
    before = ids(shop.recommend("c"))
    assert before[0] == "lamp"
    seen = shop.does("c", "view_item", "assam", hours_ago=1)
    found = shop.recommend("c")
    assert ids(found)[0] == "sencha"
    assert found.items[0].reason.text == "Because you looked at Assam black tea"
    assert found.items[0].reason.evidence.events == [seen]
    assert found.degraded is None


def test_who_bought_needs_what_goes_with_it_not_another(shop: Shop) -> None:
    shop.does("c", "purchase", "aurora-1", hours_ago=1)
    found = ids(shop.recommend("c"))
    assert found[0] == "case-1"
    assert "boreas-1" not in found or found.index("case-1") < found.index("boreas-1")


def test_a_product_without_neighbours_speaks_through_its_text(shop: Shop) -> None:
    shop.put(product("keemun", "Keemun black tea", "Tea > Black", "Leaf"))
    shop.does("c", "view_item", "keemun")
    found = shop.recommend("c")
    assert set(ids(found)[:2]) == {"assam", "darjeeling"}
    assert found.items[0].reason.text.startswith("Like Keemun black tea: same type, same brand")
    assert found.degraded == "no_neighbours"


def test_somebody_nobody_has_seen_gets_the_popular_of_many_categories(shop: Shop) -> None:
    found = shop.recommend("stranger", limit=5)
    assert ids(found)[0] == "lamp"
    assert len(found.items) == 5
    assert len({item.product_type for item in found.items}) == 5
    assert found.items[0].reason.text == "The most popular in Lamps"
    assert found.degraded is None


def test_a_shop_on_its_first_day_shows_its_range() -> None:
    found = Shop().recommend("stranger", limit=5)
    assert len({item.product_type for item in found.items}) == 5
    assert found.degraded == "no_neighbours"
    assert {item.reason.code for item in found.items} == {"in_range"}
    assert found.items[0].reason.text == "From our range: Black"


def test_who_has_seen_all_that_is_known_still_gets_a_list() -> None:
    shop = Shop()
    for item in ("aurora-1", "case-1"):
        shop.does("only", "view_item", item)
    shop.learn()
    found = shop.recommend("only", limit=10)
    assert len(found.items) == 10  # all the shop has but these two
    assert set(ids(found)[:2]) == {"aurora-2", "case-2"}
    assert not {"aurora-1", "case-1"} & set(ids(found))


def test_the_context_counts_in_for_you(shop: Shop) -> None:
    shop.does("c", "view_item", "assam")
    assert ids(shop.recommend("c", "for_you", "aurora-1"))[0] in {"case-1", "boreas-1"}
    assert "aurora-1" not in ids(shop.recommend("c", "for_you", "aurora-1"))


def test_owned_sold_out_and_deleted_products_are_never_shown(shop: Shop) -> None:
    shop.does("c", "purchase", "case-1")
    assert "case-1" not in ids(shop.recommend("c", "bought_together", "aurora-1"))
    shop.put(product("lamp", "Lamp", "Home > Lamps", "Lux", availability="out_of_stock"))
    assert "lamp" not in ids(shop.recommend("c", "bought_together", "aurora-1"))
    assert "lamp" not in ids(shop.recommend("stranger"))
    shop.catalog.put_popular({"deleted": 1.0, "kettle": 0.5})
    found = ids(shop.recommend("stranger", limit=20))
    assert found[0] == "kettle"
    assert set(found) == {each[0] for each in PRODUCTS} - {"lamp"}


def test_what_was_sent_back_is_owned_no_more_but_not_wanted_either(shop: Shop) -> None:
    shop.does("c", "purchase", "case-1")
    assert "case-1" not in ids(shop.recommend("c", "bought_together", "aurora-1"))
    shop.does("c", "refund", "case-1")
    own = shop.recommend("c", "bought_together", "aurora-1")
    others = shop.recommend("new", "bought_together", "aurora-1")
    assert own.items[0].product_id == others.items[0].product_id == "case-1"
    assert own.items[0].score < others.items[0].score


def test_owned_stays_owned_when_the_purchase_is_long_ago(shop: Shop) -> None:
    shop.does("c", "purchase", "case-1", hours_ago=2000)
    for _ in range(60):
        shop.does("c", "view_item", "kettle")
    assert "case-1" not in ids(shop.recommend("c", "bought_together", "aurora-1"))


def test_what_lies_in_the_cart_is_not_offered_again(shop: Shop) -> None:
    shop.does("c", "add_to_cart", "case-1", hours_ago=2)
    assert "case-1" not in ids(shop.recommend("c", "bought_together", "aurora-1"))
    shop.does("c", "remove_from_cart", "case-1", hours_ago=1)
    assert "case-1" in ids(shop.recommend("c", "bought_together", "aurora-1"))


def test_another_colour_of_the_same_is_not_similar(shop: Shop) -> None:
    for colour in ("red", "blue"):
        shop.put(product(f"mug-{colour}", f"Mug {colour}", "Tea > Mugs", "Clay", item_group_id="mug"))
    shop.put(product("beaker", "Mug beaker", "Tea > Mugs", "Clay"))
    assert ids(shop.recommend("c", "similar", "mug-red")) == ["beaker"]


def test_a_taste_the_customer_removed_is_respected(shop: Shop) -> None:
    shop.does("c", "view_item", "charger", hours_ago=30)
    shop.does("c", "view_item", "assam", hours_ago=20)
    assert ids(shop.recommend("c"))[0] == "sencha"
    removed = {"action": "remove", "at": NOW.isoformat()}
    corrections = {"category_affinity:Tea > Black": removed, "category_affinity:Tea > Green": removed}
    before = shop.recommend("c").items[0].score
    shop.customers.save_corrections("c", corrections, expected=0, now=NOW)
    after = {item.product_id: item for item in shop.recommend("c").items}
    assert after.get("sencha") is None or after["sencha"].score < before / 2
    assert all("Black" not in item.reason.text for item in after.values())


def test_what_the_customer_states_counts(shop: Shop) -> None:
    stated = {"action": "set", "value": "Tea > Green", "at": NOW.isoformat()}
    shop.customers.save_corrections("c", {"category_affinity:Tea > Green": stated}, expected=0, now=NOW)
    first = shop.recommend("c").items[0]
    assert first.product_id == "sencha"
    assert first.reason.text == "You told us that you like Green"
    assert first.reason.evidence.traits == ["category_affinity:Tea > Green"]


def test_language_is_the_one_asked_for_else_the_customers(shop: Shop) -> None:
    wording = {"title": "煎茶", "product_type": "茶 > 绿茶"}
    shop.put(product("sencha", "Sencha green tea", "Tea > Green", "Leaf", translations={"zh": wording}))
    shop.does("c", "view_item", "assam", language="zh")
    own = shop.recommend("c")
    assert (own.language, own.items[0].title, own.items[0].product_type) == ("zh", "煎茶", "茶 > 绿茶")
    assert own.items[0].reason.text == "因为您看过“Assam black tea”"
    asked = shop.recommend("c", language="en")
    assert (asked.language, asked.items[0].title) == ("en", "Sencha green tea")
    assert shop.recommend("stranger").language == "en"


@pytest.mark.parametrize(("limit", "field"), [(0, "limit"), (51, "limit")])
def test_a_limit_out_of_range_is_refused(shop: Shop, limit: int, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        shop.recommend("c", limit=limit)
    assert raised.value.field == field


@pytest.mark.parametrize("placement", ["similar", "bought_together"])
def test_a_placement_beside_a_product_needs_one(shop: Shop, placement: Placement) -> None:
    with pytest.raises(InvalidInput) as raised:
        shop.recommend("c", placement)
    assert raised.value.field == "product_id"
    with pytest.raises(NotFound):
        shop.recommend("c", placement, "no-such")


def test_without_the_evidence_the_product_drops(shop: Shop) -> None:
    shop.does("c", "view_item", "charger")
    without = ids(shop.recommend("c"))
    shop.does("c", "view_item", "assam")
    found = shop.recommend("c")
    assert ids(found)[0] == "sencha"
    assert without.index("sencha") > 0


_NAMES = ["view_item", "add_to_cart", "remove_from_cart", "add_to_wishlist", "purchase", "refund"]
_IDS = [fields[0] for fields in PRODUCTS]


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_IDS)), max_size=12),
    sold_out=st.sets(st.sampled_from(_IDS), max_size=3),
    placement=st.sampled_from(["for_you", "similar", "bought_together"]),
    beside=st.sampled_from(_IDS),
    limit=st.integers(1, 12),
)
def test_lists_hold_what_they_promise(
    acts: list[tuple[str, str]], sold_out: set[str], placement: Placement, beside: str, limit: int
) -> None:
    shop = Shop()
    for n in range(2):
        shop.does(f"a-{n}", "purchase", "aurora-1", "case-1", "lamp")
        shop.does(f"b-{n}", "view_item", "assam")
        shop.does(f"b-{n}", "view_item", "sencha")
    shop.learn()
    shop.put(*(product(*each, availability="out_of_stock") for each in PRODUCTS if each[0] in sold_out))
    events = {shop.does("c", name, item): (name, item) for name, item in acts}
    owned: dict[str, int] = {}
    for name, item in acts:
        owned[item] = owned.get(item, 0) + {"purchase": 1, "refund": -1}.get(name, 0)
    found = shop.recommend("c", placement, beside, limit=limit)
    shown = ids(found)
    assert len(shown) == len(set(shown)) <= limit
    assert not set(shown) & {beside, *sold_out, *(item for item, count in owned.items() if count > 0)}
    scores = [item.score for item in found.items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for item in found.items:
        assert set(item.reason.evidence.events) <= set(events)
        assert set(item.reason.evidence.products) <= set(_IDS)
        assert item.product_id not in item.reason.evidence.products
    assert shop.recommend("c", placement, beside, limit=limit) == found
