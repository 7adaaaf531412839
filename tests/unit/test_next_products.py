"""The model rung of `for_you`: what the recommender behind the endpoint says, and what happens without it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pytest

from shopwright.arrivals import Arrivals
from shopwright.cataloguing import Cataloguing
from shopwright.errors import ModelAnswerInvalid, ModelError, ModelUnavailable, StoreUnavailable
from shopwright.neighbour_refresh import NeighbourRefresh
from shopwright.ports import Arrival, NextList, NextProduct
from shopwright.recommendations import Recommendations, Recommender
from tests.unit.fakes import ScriptedModel
from tests.unit.small_shop import NOW, Shop, ids, lively_shop

# What follows what, and how surely.
FOLLOWS = {
    "teapot": {"kettle": 0.6, "sencha": 0.2},
    "sencha": {"teapot": 0.3, "kettle": 0.3},
    "lamp": {"charger": 0.4},
}


class Following:
    """Scores a product by what it follows in the history, and keeps what it was asked."""

    def __init__(self, error: ModelError | None = None) -> None:
        self.error = error
        self.asked: list[dict] = []
        self.told: list[Sequence[Arrival]] = []

    def next_products(
        self,
        history: Sequence[str],
        *,
        limit: int = 50,
        exclude: Collection[str] = (),
        explain: int = 0,
        arrivals: Sequence[Arrival] = (),
    ) -> NextList:
        self.asked.append({"history": list(history), "exclude": set(exclude), "limit": limit})
        self.told.append(list(arrivals))
        if self.error:
            raise self.error
        found: dict[str, dict[str, float]] = {}
        for product_id in history:
            for other, share in FOLLOWS.get(product_id, {}).items():
                if other not in history and other not in exclude:
                    found.setdefault(other, {})[product_id] = share
        rows = [
            NextProduct(key, min(1.0, sum(own.values())), dict(list(own.items())[:explain]))
            for key, own in found.items()
        ]
        known = sum(each in FOLLOWS for each in history)
        return NextList("v1", known, sorted(rows, key=lambda row: -row.score)[:limit])


def recommend(shop: Shop, model: Following | None, customer: str = "c", **more: object) -> Recommendations:
    return Recommender(shop.customers, shop.catalog, model).recommend(customer, "for_you", NOW, **more)  # type: ignore[arg-type]


def test_the_model_says_what_comes_first_and_each_reason_what_moved_it() -> None:
    shop = lively_shop()
    lamp = shop.does("c", "view_item", "lamp", hours_ago=3)
    teapot = shop.does("c", "add_to_cart", "teapot", hours_ago=2)
    found = recommend(shop, Following())
    assert found.served_by == "model"
    assert found.degraded is None
    assert ids(found)[:2] == ["kettle", "charger"]
    kettle, charger = found.items[:2]
    assert (kettle.reason.code, kettle.reason.evidence.products) == ("in_cart", ["teapot"])
    assert kettle.reason.evidence.events == [teapot]
    assert kettle.reason.text == "Because you put Teapot in your cart"
    assert charger.reason.evidence.events == [lamp]


def test_taking_the_evidence_away_takes_the_product_down() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "lamp", hours_ago=3)
    shop.does("c", "view_item", "teapot", hours_ago=2)
    kettle = next(each for each in recommend(shop, Following()).items if each.product_id == "kettle")
    shop.says("c", because=kettle.reason.evidence.products[0])
    without = {each.product_id: each for each in recommend(shop, Following()).items}
    assert without["charger"].score > without.get("kettle", without["charger"]).score * 0.999
    assert "kettle" not in without or without["kettle"].score < kettle.score


def test_what_no_single_product_adds_is_put_to_all_of_them() -> None:
    shop = lively_shop()
    first = shop.does("c", "view_item", "sencha", hours_ago=3)
    second = shop.does("c", "view_item", "teapot", hours_ago=2)

    class Together(Following):
        def next_products(self, *arguments, **named) -> NextList:
            answer = super().next_products(*arguments, **named)
            rows = [NextProduct(row.product_id, row.score, {"teapot": 0.01}) for row in answer.products]
            return NextList(answer.model, answer.known, rows)

    kettle = recommend(shop, Together()).items[0]
    assert kettle.product_id == "kettle"
    assert kettle.reason.code == "lately"
    assert kettle.reason.text == "Goes with what you turned to lately"
    assert set(kettle.reason.evidence.events) == {first, second}
    assert recommend(shop, Together(), language="zh").items[0].reason.text == "与您最近关注的商品相配"


def test_it_is_told_the_history_in_order_without_what_the_customer_took_out_of_it() -> None:
    shop = lively_shop()
    for at, product_id in enumerate(["lamp", "assam", "teapot"]):
        shop.does("c", "view_item", product_id, hours_ago=9 - at)
    shop.does("c", "purchase", "case-1", hours_ago=1)
    shop.says("c", because="assam")
    model = Following()
    found = recommend(shop, model, product_id="sencha")
    assert model.asked == [{"history": ["lamp", "teapot", "case-1", "sencha"], "exclude": set(), "limit": 80}]
    assert "case-1" not in ids(found)


def test_an_event_now_changes_the_next_list() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "lamp", hours_ago=3)
    assert ids(recommend(shop, Following()))[0] == "charger"
    shop.does("c", "view_item", "teapot", hours_ago=0)
    assert ids(recommend(shop, Following()))[0] == "kettle"


def test_the_customers_and_the_shops_word_hold() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "teapot", hours_ago=2)
    shop.does("c", "view_item", "lamp", hours_ago=1)
    shop.says("c", product="kettle")
    assert "kettle" not in ids(recommend(shop, Following()))


@pytest.mark.parametrize(
    ("error", "degraded"),
    [
        (ModelUnavailable("down"), "model_unavailable"),
        (ModelAnswerInvalid("rubbish"), "model_invalid"),
    ],
)
def test_without_an_answer_rules_make_the_list_and_say_so(error: ModelError, degraded: str) -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "aurora-1", hours_ago=1)
    found = recommend(shop, Following(error))
    assert (found.served_by, found.degraded) == ("rules", degraded)
    assert found.items == recommend(shop, None).items
    assert found.items


def test_a_history_that_it_does_not_know_is_left_to_the_rules() -> None:
    shop = lively_shop()
    shop.does("c", "view_item", "aurora-1", hours_ago=1)
    found = recommend(shop, Following())
    assert (found.served_by, found.degraded) == ("rules", None)
    assert found.items


def test_it_is_not_asked_about_somebody_nobody_has_seen() -> None:
    model = Following()
    found = recommend(lively_shop(), model, "nobody")
    assert found.served_by == "rules"
    assert model.asked == []


def test_what_is_bought_again_comes_back_beside_it() -> None:
    shop = lively_shop()
    for days in (90, 60, 30):
        shop.does("c", "purchase", "assam", hours_ago=24 * days)
    shop.does("c", "view_item", "teapot", hours_ago=timedelta(hours=1) / timedelta(hours=1))
    found = recommend(shop, Following())
    assert found.served_by == "model"
    again = next(each for each in found.items if each.product_id == "assam")
    assert again.reason.code == "buy_again"


class Minutes:
    """A clock that stands until it is moved, and a recommender that reads it."""

    def __init__(self, shop: Shop, model: Following) -> None:
        self.seconds = 1000.0
        arrivals = Arrivals(shop.catalog, clock=lambda: self.seconds)
        self._recommender = Recommender(shop.customers, shop.catalog, model, arrivals)

    def recommend(self, customer: str) -> Recommendations:
        return self._recommender.recommend(customer, "for_you", NOW)


def store(shop: Shop, *ids: str, now: datetime = NOW) -> None:
    rows = [{"id": each, "title": f"Brush {each}", "price": "5.00 CNY"} for each in ids]
    assert not Cataloguing(shop.catalog, ScriptedModel()).put_products(rows, now).rejected


def test_a_product_stored_now_is_told_with_its_vector_and_stored_again_it_is_not_told_anew() -> None:
    shop, model = lively_shop(), Following()
    shop.does("c", "view_item", "teapot", hours_ago=1)
    store(shop, "whisk")
    minutes = Minutes(shop, model)
    minutes.recommend("c")
    [told] = model.told.pop()
    assert told == Arrival("whisk", shop.catalog.vectors(["whisk"])["whisk"].vectors[0], "toy")
    store(shop, "bowl", now=NOW + timedelta(seconds=1))
    store(shop, "whisk", "teapot", now=NOW + timedelta(seconds=2))
    minutes.seconds += 59
    minutes.recommend("c")
    assert model.told.pop() == [told]
    minutes.seconds += 1
    minutes.recommend("c")
    assert [each.product_id for each in model.told.pop()] == ["bowl", "whisk"]


def test_a_new_product_is_recommended_to_those_who_have_not_seen_it() -> None:
    class Welcoming(Following):
        """Puts what has arrived first."""

        def next_products(self, history, *, exclude=(), arrivals=(), **named) -> NextList:
            answer = super().next_products(history, exclude=exclude, arrivals=arrivals, **named)
            new = [each.product_id for each in arrivals if each.product_id not in {*history, *exclude}]
            return NextList("v1", 1, [*(NextProduct(each, 0.9) for each in new), *answer.products])

    shop, model = lively_shop(), Welcoming()
    store(shop, "whisk", "bowl", "tray")
    for customer in ("c", "owner"):
        shop.does(customer, "view_item", "teapot", hours_ago=3)
    shop.does("owner", "purchase", "whisk", hours_ago=2)
    shop.does("owner", "add_to_cart", "bowl", hours_ago=2)
    shop.does("owner", "remove_from_cart", "bowl", hours_ago=1)
    minutes = Minutes(shop, model)
    assert {*ids(minutes.recommend("c"))[:3]} == {"whisk", "bowl", "tray"}
    found = ids(minutes.recommend("owner"))
    assert found[0] == "tray"
    assert not {"whisk", "bowl"} & {*found[1:]}
    # What it makes of them is kept for everybody, and what is in the history says something there.
    assert model.told[0] == model.told[1]
    assert (model.asked[1]["history"], model.asked[1]["exclude"]) == (["teapot", "whisk"], {"bowl"})


def test_without_the_arrivals_the_list_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, model, reads = lively_shop(), Following(), []
    shop.does("c", "view_item", "teapot", hours_ago=1)
    store(shop, "whisk")

    def fail(*, limit: int) -> list[Arrival]:
        reads.append(limit)
        raise StoreUnavailable("the store is overloaded")

    minutes = Minutes(shop, model)
    with monkeypatch.context() as broken:
        broken.setattr(shop.catalog, "arrivals", fail)
        assert [minutes.recommend("c").served_by for _ in range(2)] == ["model", "model"]
    assert reads == [128]
    minutes.seconds += 60
    minutes.recommend("c")
    assert [len(each) for each in model.told] == [0, 0, 1]


def test_the_latest_128_are_told_and_after_a_week_none() -> None:
    shop, model = lively_shop(), Following()
    shop.does("c", "view_item", "teapot", hours_ago=1)
    for at in range(130):
        store(shop, f"n-{at}", now=NOW - timedelta(days=7, seconds=65 - at))
    minutes = Minutes(shop, model)
    minutes.recommend("c")
    assert [each.product_id for each in model.told.pop()] == [f"n-{at}" for at in range(129, 1, -1)]
    NeighbourRefresh(shop.customers, shop.catalog).run(NOW)
    minutes.seconds += 60
    minutes.recommend("c")
    assert [each.product_id for each in model.told.pop()] == [f"n-{at}" for at in range(129, 64, -1)]
    assert shop.catalog.product("n-0")
