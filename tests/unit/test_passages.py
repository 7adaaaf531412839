"""Products and articles as passages and sentences."""

import pytest

from shopwright.passages import (
    article_passages,
    paragraph_sentences,
    product_passage,
    product_sentences,
    split_sentences,
)
from shopwright.products import Article, Product

KETTLE = Product.model_validate(
    {
        "id": "p-1",
        "title": "Orvane Kettle",
        "brand": "Orvane",
        "price": "239.50 CNY",
        "availability": "out_of_stock",
        "link": "https://shop.example/p/p-1",
        "description": "Boils fast. Holds 1.7 l of water.",
        "product_detail": [{"attribute_name": "Weight", "attribute_value": "1.2 kg"}],
        "product_highlight": ["Steel inside"],
        "translations": {
            "zh": {
                "title": "Orvane 水壶",
                "product_detail": [{"attribute_name": "重量", "attribute_value": "1.2千克"}],
            }
        },
    }
)
RETURNS = Article.model_validate(
    {"id": "returns", "title": "Returns", "body": "Within 15 days. Unused only.\n\nPostage is 12 yuan."}
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It has 6.1 inches. It is light.", ["It has 6.1 inches.", "It is light."]),
        ("Use fruit, e.g. Apples. Not stones!", ["Use fruit, e.g. Apples.", "Not stones!"]),
        ("屏幕6.1英寸。重178克；很轻！", ["屏幕6.1英寸。", "重178克；", "很轻！"]),
        ("no full stop", ["no full stop"]),
        ("one\ntwo", ["one", "two"]),
        ("  ", []),
    ],
)
def test_sentences_end_where_they_end(text, sentences):
    assert split_sentences(text) == sentences


def test_each_fact_of_a_product_is_a_sentence_of_its_own():
    facts = {fact.text: fact for fact in product_sentences(KETTLE, "en")}
    assert list(facts) == [
        "Orvane Kettle",
        "Price: 239.50 CNY.",
        "Availability: out of stock.",
        "Brand: Orvane.",
        "Weight: 1.2 kg.",
        "Steel inside",
        "Boils fast.",
        "Holds 1.7 l of water.",
    ]
    weight = facts["Weight: 1.2 kg."]
    assert (weight.name, weight.value, weight.kind) == ("Weight", "1.2 kg", "detail")
    assert weight.in_context == "Orvane Kettle: Weight: 1.2 kg."
    assert weight.source == "product:p-1"
    assert weight.link == "https://shop.example/p/p-1"


def test_facts_are_told_in_the_language_asked_for():
    assert [fact.text for fact in product_sentences(KETTLE, "zh")] == [
        "Orvane 水壶",
        "价格：239.50元。",
        "库存情况：缺货。",
        "品牌：Orvane。",
        "重量：1.2千克。",
    ]


def test_a_product_without_texts_in_the_language_is_told_in_its_own():
    untranslated = KETTLE.model_copy(update={"translations": {}})
    passage = product_passage(untranslated, "zh")
    assert passage.language == "en"
    assert "Weight: 1.2 kg." in passage.text


def test_an_attribute_the_shop_states_itself_is_not_said_twice():
    detail = [{"attribute_name": "Brand", "attribute_value": "Orvane of Lund"}]
    product = Product.model_validate(KETTLE.model_dump() | {"product_detail": detail})
    brands = [fact.text for fact in product_sentences(product, "en") if fact.name == "Brand"]
    assert brands == ["Brand: Orvane of Lund."]


def test_condition_is_stated_where_it_is_not_new():
    used = KETTLE.model_copy(update={"condition": "used"})
    assert "Condition: used." in [fact.text for fact in product_sentences(used, "en")]


def test_an_article_has_a_passage_a_paragraph():
    passages = article_passages(RETURNS)
    assert [(p.source, p.position, p.text) for p in passages] == [
        ("article:returns", 0, "Within 15 days. Unused only."),
        ("article:returns", 1, "Postage is 12 yuan."),
    ]
    assert [s.text for s in paragraph_sentences(passages[0])] == ["Within 15 days.", "Unused only."]
    assert {s.position for s in paragraph_sentences(passages[1])} == {1}
