"""The shop's rules: what is taken, and what they do to a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shopwright.errors import InvalidInput
from shopwright.featuring import placed
from shopwright.filters import Filters
from shopwright.merchandising import MAX_RULES, Merchandising, Rules
from shopwright.ranking import Ranked
from tests.unit.small_shop import NOW, PRODUCTS, Shop, ids, lively_shop, product


@pytest.fixture
def shop() -> Shop:
    return lively_shop()


@pytest.fixture
def set_rules(shop: Shop) -> Callable[..., None]:
    def put(*rules: dict[str, Any]) -> None:
        Merchandising(shop.catalog).put(Rules.model_validate({"rules": rules}))

    return put


def test_rules_come_back_as_they_were_sent_and_are_replaced_together(shop: Shop) -> None:
    service = Merchandising(shop.catalog)
    assert service.rules() == Rules(rules=[])
    sent = Rules.model_validate(
        {
            "rules": [
                {"action": "pin", "product_id": "lamp", "position": 2, "placements": ["similar"]},
                {"action": "boost", "brand": "Leaf", "factor": 2, "starts": NOW.isoformat()},
                {"action": "bury", "category": "Phones", "factor": 0.5, "ends": NOW.isoformat()},
                {"action": "cap", "brand": "*", "most": 2},
            ]
        }
    )
    assert service.put(sent) == sent
    assert service.rules() == sent
    service.put(Rules(rules=sent.rules[:1]))
    assert service.rules().rules == sent.rules[:1]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"action": "pin"}, "product_id"),
        ({"action": "pin", "brand": "Leaf"}, "product_id"),
        ({"action": "pin", "product_id": "lamp", "brand": "Leaf"}, "brand"),
        ({"action": "pin", "product_id": "lamp", "factor": 2}, "factor"),
        ({"action": "pin", "product_id": "no-such"}, "product_id"),
        ({"action": "boost", "factor": 2}, "product_id"),
        ({"action": "boost", "brand": "Leaf", "category": "Tea", "factor": 2}, "category"),
        ({"action": "boost", "brand": "Leaf"}, "factor"),
        ({"action": "boost", "brand": "Leaf", "factor": 0.5}, "factor"),
        ({"action": "boost", "brand": "Leaf", "factor": 1}, "factor"),
        ({"action": "boost", "brand": "*", "factor": 2}, "brand"),
        ({"action": "bury", "brand": "Leaf", "factor": 1}, "factor"),
        ({"action": "bury", "brand": "Leaf", "factor": 2}, "factor"),
        ({"action": "bury", "category": ">", "factor": 0.5}, "category"),
        ({"action": "cap", "brand": "Leaf"}, "most"),
        ({"action": "cap", "category": "Tea", "most": 1}, "brand"),
        ({"action": "cap", "brand": "Leaf", "most": 1, "position": 1}, "position"),
        (
            {"action": "pin", "product_id": "lamp", "starts": NOW.isoformat(), "ends": NOW.isoformat()},
            "ends",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_named_and_nothing_changes(
    shop: Shop, rule: dict[str, Any], field: str
) -> None:
    service = Merchandising(shop.catalog)
    service.put(Rules.model_validate({"rules": [{"action": "pin", "product_id": "lamp"}]}))
    good = {"action": "cap", "brand": "*", "most": 3}
    with pytest.raises(InvalidInput) as raised:
        service.put(Rules.model_validate({"rules": [good, rule]}))
    assert raised.value.field == f"rules.1.{field}"
    assert [rule.product_id for rule in service.rules().rules] == ["lamp"]


def test_a_hundred_rules_are_taken_and_no_more() -> None:
    rule = {"action": "cap", "brand": "Leaf", "most": 1}
    Rules.model_validate({"rules": [rule] * MAX_RULES})
    with pytest.raises(ValidationError):
        Rules.model_validate({"rules": [rule] * (MAX_RULES + 1)})


def test_a_pin_stands_at_its_place_and_says_who_put_it_there(
    shop: Shop, set_rules: Callable[..., None]
) -> None:
    before = ids(shop.recommend("new", "similar", "assam", limit=3))
    set_rules({"action": "pin", "product_id": "charger", "position": 2})
    found = shop.recommend("new", "similar", "assam", limit=3)
    assert ids(found) == [before[0], "charger", before[1]]
    why = found.items[1].reason
    assert (why.code, why.text) == ("featured", "Chosen by the shop")
    assert (why.evidence.events, why.evidence.products, why.evidence.traits) == ([], [], [])
    chinese = shop.recommend("new", "similar", "assam", limit=3, language="zh")
    assert chinese.items[1].reason.text == "店家精选"


def test_what_would_be_there_anyway_keeps_its_own_reason(shop: Shop, set_rules: Callable[..., None]) -> None:
    before = shop.recommend("new", limit=5)
    last = before.items[4]
    set_rules({"action": "pin", "product_id": last.product_id, "position": 1})
    found = shop.recommend("new", limit=5)
    assert found.items[0] == last
    assert set(ids(found)) == set(ids(before))


@pytest.mark.parametrize(
    "why_not", ["sold_out", "owned", "in_view", "refused", "variant_refused", "filtered"]
)
def test_a_pin_never_shows_what_must_not_be_shown(
    shop: Shop, set_rules: Callable[..., None], why_not: str
) -> None:
    changes = {"availability": "out_of_stock"} if why_not == "sold_out" else {}
    if why_not == "variant_refused":
        changes = {"item_group_id": "chargers"}
        shop.put(product("charger-red", "Red charger", "Phones > Chargers", "Boreas", **changes))
        shop.says("c", product="charger-red")
    charger = next(each for each in PRODUCTS if each[0] == "charger")
    shop.put(product(*charger, **changes))
    set_rules({"action": "pin", "product_id": "charger", "position": 1})
    filters = Filters(category="Tea") if why_not == "filtered" else Filters()
    if why_not == "owned":
        shop.does("c", "purchase", "charger")
    if why_not == "refused":
        shop.says("c", product="charger")
    view = "charger" if why_not == "in_view" else None
    assert "charger" not in ids(shop.recommend("c", "for_you", view, filters=filters))
    if why_not not in ("sold_out", "in_view", "filtered"):
        assert ids(shop.recommend("another"))[0] == "charger"


def test_a_pin_shows_what_was_only_looked_at(shop: Shop, set_rules: Callable[..., None]) -> None:
    shop.does("c", "view_item", "charger")
    assert "charger" not in ids(shop.recommend("c"))
    set_rules({"action": "pin", "product_id": "charger"})
    assert ids(shop.recommend("c"))[0] == "charger"


def test_a_place_beyond_the_list_is_not_in_it(shop: Shop, set_rules: Callable[..., None]) -> None:
    set_rules({"action": "pin", "product_id": "charger", "position": 5})
    assert "charger" not in ids(shop.recommend("new", "similar", "assam", limit=3))
    assert ids(shop.recommend("new", limit=5))[4] == "charger"


def test_rules_hold_where_and_when_they_say(shop: Shop, set_rules: Callable[..., None]) -> None:
    def rule(name: str, **more: Any) -> dict[str, Any]:
        return {"action": "pin", "product_id": name, **more}

    hour = timedelta(hours=1)
    set_rules(
        rule("charger", placements=["similar", "bought_together"]),
        rule("kettle", starts=(NOW + hour).isoformat()),
        rule("teapot", ends=NOW.isoformat()),
        rule("sencha", starts=NOW.isoformat(), ends=(NOW + hour).isoformat()),
    )
    reasons = {item.product_id: item.reason.code for item in shop.recommend("c", limit=2).items}
    assert reasons["sencha"] == "featured"
    assert "featured" not in [code for name, code in reasons.items() if name != "sencha"]
    assert ids(shop.recommend("c", "bought_together", "assam"))[:2] == ["charger", "sencha"]


def test_boost_and_bury_move_products_and_keep_reasons_true(
    shop: Shop, set_rules: Callable[..., None]
) -> None:
    shop.does("c", "view_item", "aurora-1")
    before = {item.product_id: item for item in shop.recommend("c", limit=12).items}
    set_rules(
        {"action": "boost", "category": "Tea", "factor": 3},
        {"action": "boost", "brand": "leaf", "factor": 2},
        {"action": "bury", "product_id": "boreas-1", "factor": 0.1},
    )
    after = {item.product_id: item for item in shop.recommend("c", limit=12).items}

    def total(score: float) -> float:
        return score / (1 - score)

    assert before.keys() == after.keys()
    for name, factor in (("sencha", 6), ("teapot", 3), ("boreas-1", 0.1), ("case-1", 1)):
        assert total(after[name].score) == pytest.approx(
            factor * total(before[name].score), rel=0.2, abs=2e-4
        )
    assert {name: item.reason for name, item in before.items()} == {
        name: item.reason for name, item in after.items()
    }
    assert [*after].index("boreas-1") > [*before].index("boreas-1")


def test_a_cap_holds_a_brand_back_even_if_the_list_gets_shorter(
    shop: Shop, set_rules: Callable[..., None]
) -> None:
    def brands() -> dict[str, int]:
        count: dict[str, int] = {}
        for name in ids(shop.recommend("new", limit=12)):
            brand = next(each[3] for each in PRODUCTS if each[0] == name)
            count[brand] = count.get(brand, 0) + 1
        return count

    free = brands()
    assert free["Aurora"] == 4
    assert free["Leaf"] == 3
    set_rules({"action": "cap", "brand": "aurora", "most": 1})
    assert brands() == {**free, "Aurora": 1}
    set_rules(
        {"action": "cap", "brand": "*", "most": 1},
        {"action": "cap", "brand": "Leaf", "most": 2},
        {"action": "pin", "product_id": "aurora-2"},
    )
    assert brands() == {**dict.fromkeys(free, 1), "Leaf": 2}
    assert ids(shop.recommend("new", limit=12))[0] == "aurora-2"


def test_pins_take_the_next_free_place() -> None:
    def ranked(*names: str) -> list[Ranked]:
        return [Ranked(name, 0.5, ()) for name in names]

    a, b, c = ranked("a", "b", "c")
    others = ranked("x", "y")
    for pins, shown in (
        ([(a, 2), (b, 2)], "xaby"),
        ([(a, None), (b, 1)], "baxy"),
        ([(a, 9), (b, 9), (c, None)], "cxyba"),
        ([(a, 4)], "xya"),
    ):
        assert "".join(each.product_id for each in placed(pins, others)) == shown
    assert placed([(a, 3)], []) == [a]
