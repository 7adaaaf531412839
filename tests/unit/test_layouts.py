"""Copy that has parts, each with its own length; variants that argue; a segment; names for lists."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shopwright.claims import check
from shopwright.content import ContentWriter
from shopwright.copy_requests import ContentRequest
from shopwright.errors import InvalidInput, NotAvailableIn, NotFound
from shopwright.growing import same_matter
from shopwright.platforms import room_in_google_ads
from shopwright.products import Product, ProductFacts
from shopwright.prompts import facts, names

from .fakes import InMemoryCatalog, InMemoryCustomers, ScriptedModel
from .test_content import DESK, HONEST, NOW, PHONE, request, writer

LIMITS = {
    "google": {"headline": 30, "long_headline": 90, "description": 90},
    "meta": {"primary_text": 125, "headline": 40, "description": 30},
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("platform", ["google", "meta"])
def test_an_ad_has_the_platforms_parts_none_longer_than_it_takes(platform: str, language: str) -> None:
    answer = writer().write(request(kind="ad_copy", platform=platform, language=language, variants=3), NOW)
    assert len(answer.texts) == 3
    count = room_in_google_ads(1).count if platform == "google" else len
    for text in answer.texts:
        assert text.fields is not None
        assert {name: count(part) <= LIMITS[platform][name] for name, part in text.fields.items()} == (
            dict.fromkeys(LIMITS[platform], True)
        )
        assert text.text == "\n".join(text.fields.values())
        product = ProductFacts.model_validate(PHONE)
        for part in text.fields.values():
            assert not check(
                part, facts(product, language), language=language, names=names(product, language),
                checks=set(text.checks) - {"leftovers"},
            )  # fmt: skip


def test_an_email_has_a_subject_a_preheader_and_a_body_that_do_not_say_the_same() -> None:
    text = writer(HONEST).write(request(kind="email"), NOW).texts[0]
    assert text.fields == {
        "body": HONEST,
        "subject": "Apple Smartphone with 6.1-inch display and A15 Bionic chip",
        "preheader": "12-megapixel camera",
    }
    assert text.served_by == "model"


def test_a_name_that_is_too_long_gives_way_to_a_shorter_one_and_at_last_is_refused() -> None:
    long = PHONE | {"title": "Smartphone With A Very Long Name Indeed, 128 GB", "product_type": "Phones"}
    text = writer().write(request(kind="ad_copy", platform="google", product=long), NOW).texts[0]
    assert text.fields is not None
    assert text.fields["headline"] == "Apple"
    nameless = {"title": "Smartphone-With-A-Very-Long-Name"}
    with pytest.raises(InvalidInput, match="headline") as error:
        writer().write(request(kind="ad_copy", platform="google", product=nameless), NOW)
    assert error.value.field == "product.title"


@pytest.mark.parametrize(
    ("fact", "other", "same"),
    [
        ("6.1 inch display", "Display: 6.1 inch", True),
        ("A phone with a 6.1 inch screen that fits one hand.", "6.1 inch display", True),
        ("6.1 inch display", "50 MP main camera", False),
        ("rain cover included", "Hood: yes", False),
        ("Material: cotton", "soft cotton", True),
        ("电池容量：4500毫安时", "4500毫安时电池", True),
        ("Weight: 240 g", "foldable", False),
    ],
)
def test_when_two_facts_are_one_argument(fact: str, other: str, same: bool) -> None:
    assert same_matter(fact, other) is same_matter(other, fact) is same


@pytest.mark.parametrize("kind", ["product_description", "ad_copy", "social_post", "email"])
def test_no_two_variants_lead_with_the_same_matter(kind: str) -> None:
    said = {
        "title": "Kettle",
        "product_highlight": ["1.7 litre jug", "quiet boil"],
        "product_detail": [
            {"attribute_name": "Capacity", "attribute_value": "1.7 litres"},
            {"attribute_name": "Power", "attribute_value": "2200 W"},
        ],
    }
    texts = writer().write(request(kind=kind, product=said, variants=5), NOW).texts
    arguments = [text.argument for text in texts]
    assert len(texts) == len(set(arguments)) >= 3
    assert not {"1.7 litre jug", "Capacity: 1.7 litres"} <= {*arguments}


def test_each_claim_stands_with_its_fact_in_the_texts_words() -> None:
    text = writer(HONEST).write(request(), NOW).texts[0]
    claims = {each.claim: each.fact for each in text.claims}
    assert claims == {
        "6.1-inch display": "6.1-inch display",
        "A15 Bionic chip": "A15 Bionic chip",
        "Apple": "Apple",
    }
    assert all(claim in text.text for claim in claims)


def test_a_segment_decides_which_fact_comes_first() -> None:
    answer = writer().write(request(segment={"interests": ["camera"]}), NOW)
    assert answer.texts[0].argument == "12-megapixel camera"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"segment": {}}, "name interests"),
        ({"segment": {"interests": ["x"]}, "customer_id": "c-1"}, "either customer_id or segment"),
        ({"platform": "google"}, "no platform"),
        ({"kind": "ad_copy", "platform": "meta", "max_length": 100}, "leave max_length out"),
        ({"kind": "recommendation_theme"}, "send product_ids"),
        ({"kind": "recommendation_theme", "product": None, "product_ids": ["p-1"]}, "at least 2"),
        (
            {
                "kind": "recommendation_theme",
                "product": None,
                "product_ids": ["p-1", "p-2"],
                "customer_id": "c-1",
            },
            "nobody's in particular",
        ),
        ({"product_ids": ["p-1", "p-2"]}, "either product_id or product"),
    ],
)
def test_what_does_not_go_together_is_said(wrong: dict, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        request(**wrong)


def kettle(number: int, **more: object) -> Product:
    return Product.model_validate(
        {
            "id": f"k-{number}",
            "title": f"Swift {number} Kettle",
            "price": "30.00 EUR",
            "brand": "Orvane",
            "product_type": "Kitchen > Kettles",
            "product_highlight": ["1.7 litre jug", f"{number} colours"],
            "translations": {
                "zh": {"title": f"Swift {number} 水壶", "brand": "Orvane", "product_type": "厨房 > 水壶"}
            },
            **more,
        }
    )


KETTLES = [kettle(2), kettle(3)]


def named(products: list[Product], *turns: object, **more: object) -> list[str]:
    service = ContentWriter(
        InMemoryCatalog(products), InMemoryCustomers(), ScriptedModel(*turns), frozenset({"en"})
    )
    asked = ContentRequest.model_validate(
        {"kind": "recommendation_theme", "product_ids": [each.id for each in products], "variants": 4, **more}
    )
    return [text.text for text in service.write(asked, NOW).texts]


def test_a_list_is_named_by_what_all_its_products_share() -> None:
    assert named(KETTLES) == ["Kettles from Orvane", "Kettles with 1.7 litre jug", "Kettles", "Kitchen"]
    assert named(KETTLES, language="zh")[:2] == ["Orvane水壶", "水壶"]


def test_what_is_true_of_some_is_said_of_none() -> None:
    others = [*KETTLES, kettle(4, brand="Crevanti", product_highlight=["0.8 litre jug"])]
    assert named(others) == ["Kettles", "Kitchen", "A selection for you"]
    assert named([KETTLES[0], DESK]) == ["A selection for you"]


def test_a_models_name_for_a_list_has_to_hold_of_all() -> None:
    turns = [["The best kettles", "Kettles in 2 colours", '"Lovely Kettles from Orvane"', "Something nice"]]
    assert named(KETTLES, *turns, variants=1) == ["Lovely Kettles from Orvane"]
    assert named(KETTLES, ["Crevanti Kettles"], variants=1) == ["Kettles from Orvane"]


def test_a_list_that_cannot_be_named_is_refused() -> None:
    with pytest.raises(NotFound, match="k-9"):
        named_ids(KETTLES, ["k-2", "k-9"])
    with pytest.raises(NotAvailableIn):
        named([KETTLES[0], DESK], language="zh")


def named_ids(products: list[Product], ids: list[str]) -> None:
    service = ContentWriter(InMemoryCatalog(products), InMemoryCustomers(), ScriptedModel(), frozenset())
    service.write(ContentRequest(kind="recommendation_theme", product_ids=ids), NOW)
