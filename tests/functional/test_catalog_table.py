"""Catalog on DynamoDB: what goes in comes out, and is found by its vector."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shopwright import bootstrap
from shopwright.adapters.embeddings import DynamoDBEmbeddings
from shopwright.errors import NotFound, StoreUnavailable
from shopwright.ports import Arrival, Catalog, Neighbours, Replenishment, Signals, Source
from shopwright.products import Article, Product

DIMENSIONS = 384
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def _vector(*hot: int) -> list[float]:
    return [1.0 if n in hot else 0.0 for n in range(DIMENSIONS)]


def _product(n: int, **more: object) -> Product:
    return Product.model_validate({"id": f"p-{n}", "title": f"Product {n}", "price": "9.90 EUR", **more})


@pytest.fixture
def catalog(aws: dict[str, str]) -> Catalog:
    return bootstrap.catalog()


def test_a_product_comes_back_as_it_was(catalog: Catalog) -> None:
    product = _product(
        1,
        translations={
            "zh": {
                "title": "产品一",
                "product_detail": [{"attribute_name": "重量", "attribute_value": "1 kg"}],
            }
        },
        availability="preorder",
    )
    catalog.put_products([product], [_vector(0)], "m")
    assert catalog.product("p-1") == product
    assert list(catalog.all_products()) == [product]
    with pytest.raises(NotFound):
        catalog.product("p-2")


def test_more_products_than_one_batch_takes(catalog: Catalog) -> None:
    products = [_product(n) for n in range(130)]
    catalog.put_products(products, [_vector(n) for n in range(130)], "m")
    assert set(catalog.products([f"p-{n}" for n in range(131)])) == {f"p-{n}" for n in range(130)}


def test_the_nearest_come_first_and_only_from_the_same_model(catalog: Catalog) -> None:
    catalog.put_products([_product(1), _product(2)], [_vector(0), _vector(0, 1)], "m")
    catalog.put_products([_product(3)], [_vector(0)], "another")
    matches = catalog.near(_vector(0), "m", top=5)
    assert [match.id for match in matches] == ["p-1", "p-2"]
    assert matches[0].similarity == pytest.approx(1.0)
    assert matches[1].similarity == pytest.approx(0.5**0.5)
    assert catalog.vectors(["p-3", "p-9"])["p-3"].model == "another"
    assert catalog.vectors(["p-3"])["p-3"].vectors == [_vector(0)]


def test_an_article_is_replaced_whole_and_found_by_language(catalog: Catalog) -> None:
    long = Article(id="returns", title="Returns", body="One.\n\nTwo.\n\nThree.")
    catalog.put_article(long, [_vector(0), _vector(1), _vector(2)], "m")
    catalog.put_article(Article(id="returns", language="zh", title="退货", body="一。"), [_vector(2)], "m")
    short = Article(id="returns", title="Returns", body="Only.")
    catalog.put_article(short, [_vector(0)], "m")
    assert {(article.language, article.body) for article in catalog.articles()} == {
        ("en", "Only."),
        ("zh", "一。"),
    }
    assert [m.position for m in catalog.near_articles(_vector(2), "m", top=9, language="en")] == [0]
    best = catalog.near_articles(_vector(2), "m", top=9)[0]
    assert (best.id, best.language, best.similarity) == ("returns", "zh", pytest.approx(1.0))


def test_the_version_changes_with_the_catalogue(catalog: Catalog) -> None:
    before = catalog.version()
    catalog.put_products([_product(1)], [_vector(0)], "m")
    assert catalog.version() != before
    assert catalog.version() == catalog.version()


def test_neighbours_and_popularity_are_replaced(catalog: Catalog) -> None:
    assert catalog.popular() == {}
    near = Neighbours(bought={"p-2": 1.0}, viewed={"p-3": 0.25})
    catalog.put_neighbours({"p-1": near})
    catalog.put_popular({"p-2": 1.0, "p-1": 0.5})
    assert catalog.neighbours(["p-1", "p-2"]) == {"p-1": near}
    assert list(catalog.popular()) == ["p-2", "p-1"]


def test_all_signals_come_in_one_read(catalog: Catalog) -> None:
    assert catalog.signals(["p-1"], "tea") == Signals()
    near = Neighbours(bought={"p-2": 1.0}, viewed={"p-3": 0.25})
    again = {"p-1": Replenishment(28.0, 0.4)}
    rules = [{"action": "pin", "product_id": "p-1"}]
    catalog.put_neighbours({"p-1": near, "category/Tea": near})
    catalog.put_popular({"p-2": 1.0})
    catalog.put_replenishment(again)
    catalog.put_branches({"tea": {"p-2": 1.0, "p-1": 0.0}, "电子>手机": {"p-3": 1.0}})
    assert catalog.merchandising() == []
    catalog.put_merchandising(rules)
    assert catalog.merchandising() == rules
    found = catalog.signals(["p-1", "p-1", "category/Tea", "p-9"], "tea")
    assert found == Signals(
        {"p-1": near, "category/Tea": near}, {"p-2": 1.0}, again, rules, {"p-2": 1.0, "p-1": 0.0}
    )
    assert list(found.branch) == ["p-2", "p-1"]
    assert catalog.signals([], "电子>手机").branch == {"p-3": 1.0}
    assert catalog.signals([]).branch == {}


def test_what_was_not_there_before_arrives_newest_first(catalog: Catalog) -> None:
    catalog.put_products([_product(0)], [_vector(0)], "m")  # a shop is filled
    catalog.put_products([_product(0), _product(1)], [_vector(0), _vector(1)], "m", now=NOW)
    third = [0.1 if n < 3 else 0.0 for n in range(DIMENSIONS)]
    later = NOW + timedelta(seconds=1)
    catalog.put_products([_product(2), _product(1)], [third, _vector(9)], "another", now=later)
    assert [each.product_id for each in catalog.arrivals()] == ["p-2", "p-1"]
    newest, first = catalog.arrivals()
    assert first == Arrival("p-1", tuple(_vector(1)), "m")
    assert newest.vector == pytest.approx(third)
    assert newest.model == "another"
    assert catalog.arrivals(limit=1) == [newest]


def test_a_product_arrives_once_and_not_without_a_direction(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as at_once:
        at_once.setattr(catalog, "_get", lambda *_: {})  # another request has not written yet
        for seconds in (0, 1):
            moment = NOW + timedelta(seconds=seconds)
            catalog.put_products([_product(1)], [_vector(1)], "m", now=moment)
    catalog.put_products([_product(2)], [_vector()], "m", now=NOW)
    assert [each.product_id for each in catalog.arrivals()] == ["p-1"]
    assert catalog.product("p-2")


def test_old_arrivals_are_forgotten_and_their_products_stay(catalog: Catalog) -> None:
    old = [_product(n) for n in range(60)]
    catalog.put_products(old, [_vector(n) for n in range(60)], "m", now=NOW)
    catalog.put_products([_product(70)], [_vector(70)], "m", now=NOW + timedelta(seconds=1))
    assert len(catalog.arrivals()) == 61
    catalog.forget_arrivals(NOW + timedelta(seconds=1))
    assert [each.product_id for each in catalog.arrivals()] == ["p-70"]
    assert len(list(catalog.all_products())) == 61


@pytest.mark.parametrize("after", [0, 1])
def test_what_cannot_be_stored_does_not_arrive_and_what_cannot_arrive_is_stored(
    catalog: Catalog, after: int
) -> None:
    """The first write fails, which is the product's, or the second."""
    writes: list[Any] = []

    def fail(**_: Any) -> None:
        writes.append(None)
        if len(writes) > after:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchWriteItem")

    events = bootstrap._client("dynamodb").meta.events
    events.register("before-call.dynamodb.BatchWriteItem", fail)
    try:
        if after:
            catalog.put_products([_product(1)], [_vector(1)], "m", now=NOW)
        else:
            with pytest.raises(StoreUnavailable):
                catalog.put_products([_product(1)], [_vector(1)], "m", now=NOW)
    finally:
        events.unregister("before-call.dynamodb.BatchWriteItem", fail)
    assert len(writes) == after + 1
    assert catalog.arrivals() == []
    assert [each.id for each in catalog.all_products()] == ["p-1"] * after


def test_an_arrival_is_no_product_to_a_search_and_no_source_to_be_embedded(catalog: Catalog) -> None:
    catalog.put_products([_product(1)], [_vector(1)], "m", now=NOW)
    assert [match.id for match in catalog.near(_vector(1), "m", top=9)] == ["p-1"]
    embeddings = DynamoDBEmbeddings(boto3.client("dynamodb"), bootstrap.settings().catalog_table)
    assert list(embeddings.models()) == [(Source("product:p-1"), "m")]
