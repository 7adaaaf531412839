"""What a shop and a customer may say about recommendations, through the handlers and the real stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopwright import bootstrap

from .conftest import Invoke, body, event


@pytest.fixture
def shop(invoke: Invoke, endpoint: None) -> Invoke:
    """The sample events' products, and what one customer did with them."""
    assert body(invoke("catalog", event("catalog/put_products")))["rejected"] == []
    assert body(invoke("activity", event("activity/session")))["rejected"] == []
    invoke("neighbour_refresh", event("neighbour_refresh/scheduled"))
    return invoke


def recommended(shop: Invoke, customer: str = "c-900", **query: str) -> list[dict[str, Any]]:
    request = event("recommendation/for_you")
    request["queryStringParameters"] = query
    request["pathParameters"] = {"customer_id": customer}
    request["rawPath"] = f"/customers/{customer}/recommendations"
    request["requestContext"]["http"]["path"] = request["rawPath"]
    request["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = customer
    answer = body(shop("recommendation", request))
    items: list[dict[str, Any]] = answer["items"]
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["product_id"] for item in items]


def send(shop: Invoke, *rows: dict[str, Any]) -> None:
    answer = body(shop("activity", event("activity/session") | {"body": json.dumps({"events": rows})}))
    assert answer["rejected"] == []


def row(
    event_id: str, name: str, item: str, *, customer: str = "c-901", days_ago: float = 0
) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return {
        "event_id": event_id,
        "event_name": name,
        "event_time": at.isoformat(),
        "customer_id": customer,
        "items": [{"item_id": item}],
    }


@contextmanager
def counted() -> Iterator[list[str]]:
    """The names of the calls made to DynamoDB meanwhile."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    events = bootstrap._client("dynamodb").meta.events
    events.register("before-call.dynamodb", note)
    yield calls
    events.unregister("before-call.dynamodb", note)


def test_an_event_sent_now_changes_the_next_list(shop: Invoke) -> None:
    before = recommended(shop, "c-901")
    send(shop, row("n-1", "view_item", "p-0401"))
    after = recommended(shop, "c-901")
    assert before[0]["reason"]["evidence"]["events"] == []
    assert after[0]["reason"]["evidence"]["events"] == ["n-1"]
    assert "p-0401" in ids(before)
    assert "p-0401" not in ids(after)
    send(shop, row("n-2", "purchase", ids(after)[0]))
    assert ids(after)[0] not in ids(recommended(shop, "c-901"))


def test_a_list_takes_one_query_and_two_batches_whatever_the_shop_has_set(shop: Invoke) -> None:
    shop("catalog", event("catalog/put_merchandising"))
    for query in ({"limit": "2"}, {"category": "Coffee & Tea > Grinders", "limit": "1"}):
        with counted() as calls:
            assert recommended(shop, "stranger", **query)
        assert calls == ["Query", "BatchGetItem", "BatchGetItem"]


def test_filters_hold(shop: Invoke) -> None:
    answer = body(shop("recommendation", event("recommendation/filtered")))
    found = {item["product_id"]: item["price"] for item in answer["items"]}
    assert found == {"p-0421": "68.00 CNY"}  # they know the grinder and own the jug; the machines are dearer
    assert set(ids(recommended(shop, "c-901", category="coffee & tea", max_price="500"))) == {
        "p-0411",
        "p-0421",
        "p-0434",
    }
    assert ids(recommended(shop, "c-901", category="Coffee & Tea > Grinders")) == ["p-0411"]
    assert recommended(shop, category="Garden") == []


def test_the_shops_rules_come_back_and_hold(shop: Invoke) -> None:
    assert body(shop("catalog", event("catalog/get_merchandising"))) == {"rules": []}
    put = event("catalog/put_merchandising")
    stored = body(shop("catalog", put))
    sent = json.loads(put["body"])["rules"]
    assert [
        {name: rule[name] for name in own} for rule, own in zip(stored["rules"], sent, strict=True)
    ] == sent
    assert body(shop("catalog", event("catalog/get_merchandising"))) == stored
    items = recommended(shop, "c-901", limit="2")
    assert items[1]["product_id"] == "p-0434"
    assert "p-0434" not in ids(recommended(shop, "c-900"))  # they have it
    assert shop("catalog", event("catalog/put_merchandising_bad"))["statusCode"] == 422
    assert body(shop("catalog", event("catalog/get_merchandising"))) == stored


def test_what_is_bought_every_four_weeks_comes_back_with_its_evidence(shop: Invoke) -> None:
    for n in range(5):
        for days_ago in (100, 72, 44):
            send(shop, row(f"b-{n}-{days_ago}", "purchase", "p-0421", customer=f"b-{n}", days_ago=days_ago))
    counted = shop("neighbour_refresh", event("neighbour_refresh/scheduled"))
    assert counted["replenishable"] == 1
    send(shop, row("n-1", "purchase", "p-0421", days_ago=25), row("n-2", "purchase", "p-0411", days_ago=25))
    why = next(item["reason"] for item in recommended(shop, "c-901") if item["product_id"] == "p-0421")
    assert (why["code"], why["evidence"]["events"]) == ("buy_again", ["n-1"])
    assert why["text"].endswith("customers buy it again about every 4 weeks")
    assert "p-0411" not in ids(recommended(shop, "c-901"))
    send(shop, row("n-3", "purchase", "p-0421"))
    assert "p-0421" not in ids(recommended(shop, "c-901"))


def test_not_this_and_not_because_of_that_holds_and_is_shown_back(shop: Invoke) -> None:
    send(shop, row("n-1", "view_item", "p-0401", customer="c-900"))
    before = recommended(shop)
    assert "p-0402" in ids(recommended(shop, "c-901"))
    profile = body(shop("profiling", event("profiling/refuse")))
    assert {(each["trait_id"], each["action"]) for each in profile["corrections"]} == {
        ("product:p-0402", "remove"),
        ("because:p-0401", "remove"),
    }
    for placement in ("for_you", "similar", "bought_together"):
        items = recommended(shop, placement=placement, product_id="p-0411")
        assert "p-0402" not in ids(items)
        assert all("p-0401" not in item["reason"]["evidence"]["products"] for item in items)
    assert body(shop("profiling", event("profiling/read")))["corrections"] == profile["corrections"]
    back = [
        {**each, "action": "reset"} for each in json.loads(event("profiling/refuse")["body"])["corrections"]
    ]
    shop("profiling", event("profiling/refuse") | {"body": json.dumps({"corrections": back})})
    assert recommended(shop) == before
