"""What the model is asked to write, and the facts it gets."""

from shopwright.claims import review
from shopwright.products import Product
from shopwright.prompts import content, facts, names

LAMP = Product.model_validate(
    {
        "id": "p-1",
        "title": "Desk Lamp",
        "brand": "Lumenta",
        "price": "39.00 CNY",
        "product_type": "Home > Lighting",
        "color": "white",
        "material": "steel",
        "description": "A lamp for reading. It bends.",
        "product_highlight": ["touch dimmer"],
        "product_detail": [
            {"attribute_name": "Brightness", "attribute_value": "450 lm"},
            {"attribute_name": "Colour", "attribute_value": "White"},
        ],
        "translations": {"zh": {"title": "台灯", "product_highlight": ["触摸调光"]}},
    }
)


def test_facts_are_the_products_own_statements():
    assert facts(LAMP, "en") == [
        "touch dimmer",
        "Brightness: 450 lm",
        "Colour: White",
        "Brand: Lumenta",
        "Material: steel",
        "A lamp for reading.",
        "It bends.",
        "Price: 39 CNY",
        "Availability: in stock",
    ]


def test_facts_are_in_the_language_asked_for():
    assert facts(LAMP, "zh") == ["触摸调光", "品牌：Lumenta", "价格：39元", "库存：有货"]
    assert names(LAMP, "zh") == ["台灯", "Lumenta"]
    assert names(LAMP, "en") == ["Desk Lamp", "Lumenta", "Home", "Lighting"]


def test_a_request_shows_the_facts_last_and_examples_before():
    messages = content("Desk Lamp", ["touch dimmer", "Brightness: 450 lm"], "ad_copy", language="en")
    assert [message.role for message in messages] == ["system", *["user", "assistant"] * 3, "user"]
    assert messages[-1].content == "Facts: Desk Lamp; touch dimmer; Brightness: 450 lm"
    assert "plain tone" in messages[0].content


def test_the_examples_pass_the_checks_their_texts_will_meet():
    for language, mark in (("en", "; "), ("zh", "；")):
        for kind in ("product_description", "ad_copy", "social_post"):
            messages = content("x", [], kind, language=language)
            for shown, written in zip(messages[1:-1:2], messages[2::2], strict=True):
                said = shown.content.removeprefix("Facts: ").removeprefix("事实：").split(mark)
                brand = next(fact for fact in said if fact.startswith(("Brand", "品牌")))[3:].lstrip("nd: ")
                found = review(written.content, said, language=language, names=[said[0], brand])
                assert found.findings == (), written.content
