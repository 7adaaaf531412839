"""The sample shop holds what its README promises: whole and consistent in both languages."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local.sample.complements import COMPLEMENTS
from local.sample.customers import generate
from shopwright.events import Event
from shopwright.products import Article, Product

SAMPLE = Path(__file__).parents[2] / "local" / "sample"
UNTIL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


PRODUCTS = _lines("products.jsonl")
ARTICLES = _lines("articles.jsonl")
QUESTIONS = _lines("questions.jsonl")
HELD_OUT = _lines("questions_held_out.jsonl")


def _wording(product: dict[str, Any], language: str) -> dict[str, Any]:
    return product if language == "en" else product["translations"][language]


def _details(wording: dict[str, Any]) -> str:
    return "\n".join(f"{d['attribute_name']}: {d['attribute_value']}" for d in wording["product_detail"])


def _values(wording: dict[str, Any]) -> str:
    return "\n".join(d["attribute_value"] for d in wording["product_detail"])


def _prose(wording: dict[str, Any]) -> str:
    return "\n".join([wording["description"], *wording["product_highlight"]])


def _numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.:]\d+)?", text))


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(generate(PRODUCTS, until=UNTIL))


def test_the_shop_is_as_large_as_promised() -> None:
    assert len(PRODUCTS) >= 160
    assert len({p["id"] for p in PRODUCTS}) == len(PRODUCTS)
    assert len({p["product_type"].split(" > ")[0] for p in PRODUCTS}) >= 9
    assert 15 <= len({p["brand"] for p in PRODUCTS}) <= 25
    assert {p["availability"] for p in PRODUCTS} == {"in_stock", "out_of_stock", "preorder"}


@pytest.mark.parametrize("row", PRODUCTS, ids=lambda row: row["id"])
def test_a_product_says_the_same_in_both_languages(row: dict[str, Any]) -> None:
    product = Product.model_validate(row)
    assert product.amount is not None
    assert product.amount > 0
    english, chinese = _wording(row, "en"), _wording(row, "zh")
    for field in ("title", "description", "product_type", "product_detail", "product_highlight"):
        assert english[field], field
        assert chinese[field], field
    assert len(english["product_detail"]) == len(chinese["product_detail"])
    assert 5 <= len(english["product_detail"]) <= 9
    assert len(english["product_highlight"]) == len(chinese["product_highlight"]) >= 2
    assert _numbers(_values(english)) == _numbers(_values(chinese))
    assert set(_numbers(english["title"])) == set(_numbers(chinese["title"]))
    for field in ("description", "product_highlight"):
        assert set(_numbers(str(english[field]))) == set(_numbers(str(chinese[field]))), field
    assert row["brand"] in english["title"]
    assert row["brand"] in chinese["title"]
    assert re.search("[\u4e00-\u9fff]", chinese["description"])
    assert not re.search("[\u4e00-\u9fff]", _prose(english) + _details(english) + english["title"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_has_a_number_that_the_facts_lack(language: str) -> None:
    for product in PRODUCTS:
        wording = _wording(product, language)
        known = _numbers(_values(wording) + "\n" + wording["title"])
        unknown = {number for number in _numbers(_prose(wording)) if number not in known}
        assert not unknown, product["id"]


def test_no_text_uses_a_superlative() -> None:
    forbidden = re.compile(r"最|第一|唯一|顶级|极致|国家级|\b(best|perfect|number one|guaranteed)\b", re.I)
    for product in PRODUCTS:
        for language in ("en", "zh"):
            wording = _wording(product, language)
            assert not forbidden.search(wording["title"] + _prose(wording)), product["id"]


def test_no_attribute_stands_twice() -> None:
    for product in PRODUCTS:
        for language in ("en", "zh"):
            names = [d["attribute_name"] for d in _wording(product, language)["product_detail"]]
            assert len(set(names)) == len(names), product["id"]


def test_articles_come_in_both_languages_with_the_same_numbers() -> None:
    by_id: dict[str, dict[str, Article]] = defaultdict(dict)
    for row in ARTICLES:
        article = Article.model_validate(row)
        assert article.language not in by_id[article.id]
        by_id[article.id][article.language] = article
    assert len(by_id) >= 14
    for name, versions in by_id.items():
        assert set(versions) == {"en", "zh"}, name
        english, chinese = versions["en"], versions["zh"]
        assert 2 <= len(english.paragraphs) == len(chinese.paragraphs) <= 4, name
        assert _numbers(english.body) == _numbers(chinese.body), name
        assert english.kind == chinese.kind


def test_events_are_valid_and_about_products_of_the_shop(events: list[dict[str, Any]]) -> None:
    by_id = {p["id"]: p for p in PRODUCTS}
    for row in events:
        event = Event.model_validate(row)
        assert UNTIL - timedelta(days=61) < event.event_time < UNTIL
        for item in event.items:
            product = by_id[item.item_id]
            assert item.item_brand == product["brand"]
            assert item.item_category == product["product_type"]
            if event.event_name == "purchase":
                assert product["availability"] == "in_stock"
    assert len({e["event_id"] for e in events}) == len(events)


def test_there_are_enough_customers_and_not_too_many_events(events: list[dict[str, Any]]) -> None:
    per_customer = Counter(e["customer_id"] for e in events)
    assert len(per_customer) >= 60
    assert min(per_customer.values()) >= 10
    assert 1_500 <= len(events) <= 2_000


def test_each_history_is_in_time_order(events: list[dict[str, Any]]) -> None:
    for one, two in pairwise(events):
        if one["customer_id"] == two["customer_id"]:
            assert one["event_time"] <= two["event_time"]


def test_generation_depends_on_the_seed_alone() -> None:
    again = [list(generate(PRODUCTS, seed=7, customers=5, until=UNTIL)) for _ in range(2)]
    assert again[0] == again[1]
    other = list(generate(PRODUCTS, seed=8, customers=5, until=UNTIL))
    assert other != again[0]
    assert not {e["event_id"] for e in other} & {e["event_id"] for e in again[0]}


def test_another_day_moves_the_times_but_keeps_the_ids() -> None:
    today = list(generate(PRODUCTS, customers=5, until=UNTIL))
    tomorrow = list(generate(PRODUCTS, customers=5, until=UNTIL + timedelta(days=1)))
    assert [e["event_id"] for e in today] == [e["event_id"] for e in tomorrow]
    assert [e["event_time"] for e in today] != [e["event_time"] for e in tomorrow]


def test_every_complement_is_a_kind_of_product_the_shop_has() -> None:
    kinds = {p["product_type"] for p in PRODUCTS}
    for kind, others in COMPLEMENTS.items():
        assert {kind, *others} <= kinds, kind


def test_baskets_hold_complements_and_a_case_fits_its_phone(events: list[dict[str, Any]]) -> None:
    by_id = {p["id"]: p for p in PRODUCTS}
    pairs = mixed = cases = 0
    for event in events:
        if event["event_name"] != "purchase" or len(event["items"]) < 2:
            continue
        mixed += 1
        first, *rest = (by_id[item["item_id"]] for item in event["items"])
        pairs += all(other["product_type"] in COMPLEMENTS[first["product_type"]] for other in rest)
        for other in rest:
            if other["product_type"] == "Phones > Cases":
                cases += 1
                assert f"Compatible with: {first['title'].rpartition(' ')[0]}\n" in _details(other)
    assert cases
    assert mixed >= 50
    assert pairs == mixed


def test_a_few_products_are_looked_at_far_more_than_the_rest(events: list[dict[str, Any]]) -> None:
    views = Counter(e["items"][0]["item_id"] for e in events if e["event_name"] == "view_item")
    top = sum(count for _, count in views.most_common(len(PRODUCTS) // 5))
    assert top >= 0.45 * views.total()
    assert len(views) >= 0.6 * len(PRODUCTS)


def test_customers_keep_to_their_tastes(events: list[dict[str, Any]]) -> None:
    for customer in {e["customer_id"] for e in events}:
        own = [e for e in events if e["customer_id"] == customer]
        assert len({e["language"] for e in own}) == 1
    shares = []
    for customer in {e["customer_id"] for e in events}:
        views = Counter(
            e["items"][0]["item_category"]
            for e in events
            if e["customer_id"] == customer and e["event_name"] == "view_item"
        )
        shares.append(sum(count for _, count in views.most_common(3)) / views.total())
    assert sum(shares) / len(shares) > 0.7


def test_questions_are_as_many_of_each_kind_as_promised() -> None:
    kinds = Counter(q["kind"] for q in QUESTIONS)
    assert kinds == {"product": 45, "policy": 40, "unanswerable": 35}
    assert Counter(q["language"] for q in QUESTIONS) == {"en": 60, "zh": 60}
    assert len({q["question"] for q in QUESTIONS}) == len(QUESTIONS)
    on_a_page = sum("product_id" in q for q in QUESTIONS if q["kind"] == "product")
    assert 20 <= on_a_page <= 25


def test_held_out_questions_are_others() -> None:
    assert Counter((q["language"], bool(q["source"])) for q in HELD_OUT) == {
        ("en", True): 55,
        ("zh", True): 55,
        ("en", False): 25,
        ("zh", False): 25,
    }
    assert len({q["question"] for q in [*QUESTIONS, *HELD_OUT]}) == len(QUESTIONS) + len(HELD_OUT)


@pytest.mark.parametrize("row", QUESTIONS + HELD_OUT, ids=lambda row: row["question"][:40])
def test_a_question_has_its_answer_in_its_source_or_none(row: dict[str, Any]) -> None:
    by_id = {p["id"]: p for p in PRODUCTS}
    assert row.get("product_id", PRODUCTS[0]["id"]) in by_id
    if row["kind"] == "unanswerable":
        assert row["source"] is None
        assert row["answer"] == []
        return
    kind, name = row["source"].split(":")
    if kind == "product":
        assert row.get("product_id", name) == name
        wording = _wording(by_id[name], row["language"])
        text = "\n".join([wording["title"], _prose(wording), _details(wording)])
    else:
        article = next(a for a in ARTICLES if (a["id"], a["language"]) == (name, row["language"]))
        text = f"{article['title']}\n{article['body']}"
    assert row["answer"]
    assert [words for words in row["answer"] if words not in text] == []
