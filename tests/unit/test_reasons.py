"""Reasons: concrete, in the customer's language, from what contributed most."""

from typing import get_args

import pytest

from shopwright.products import Detail, Language, Product, Wording
from shopwright.ranking import Code, Contribution, Ranked
from shopwright.reasons import reason, shared


def product(
    product_id: str,
    title: str,
    zh: str,
    price: str = "100.00 CNY",
    product_type: tuple[str, str] = ("Phones > Smartphones", "手机 > 智能手机"),
    brand: str = "Tamorin",
) -> Product:
    return Product.model_validate(
        {
            "id": product_id,
            "title": title,
            "price": price,
            "product_type": product_type[0],
            "brand": brand,
            "translations": {"zh": Wording(title=zh, product_type=product_type[1]).model_dump()},
        }
    )


PHONE = product("p-1", "M3 Phone", "M3 手机")
OTHER = product("p-2", "M4 Phone", "M4 手机", "80.00 CNY")
CASE = product("p-3", "Case", "手机壳", product_type=("Phones > Cases", "手机 > 手机壳"), brand="Quenlo")
SHOP = {each.id: each for each in (PHONE, OTHER, CASE)}


def ranked(product_id: str, *contributions: Contribution) -> Ranked:
    return Ranked(product_id, 0.5, contributions)


def test_the_heaviest_contribution_is_the_reason_and_its_evidence_is_named() -> None:
    given = reason(
        ranked(
            "p-2",
            Contribution("looked_at", 0.4, "p-1", events=("e-1", "e-2")),
            Contribution("popular", 0.1),
        ),
        SHOP,
        "en",
    )
    assert (given.code, given.text) == ("looked_at", "Because you looked at M3 Phone")
    assert given.evidence.events == ["e-1", "e-2"]
    assert given.evidence.products == ["p-1"]
    assert given.evidence.traits == []


@pytest.mark.parametrize(
    ("contribution", "english", "chinese"),
    [
        (
            Contribution("bought_together", 1, "p-1"),
            "Bought together with M3 Phone",
            "有顾客与“M3 手机”一起购买",
        ),
        (
            Contribution("favourite_category", 1, name="Phones > Smartphones"),
            "In Smartphones, a category that interests you",
            "来自您感兴趣的类目：智能手机",
        ),
        (
            Contribution("stated", 1, name="Tamorin"),
            "You told us that you like Tamorin",
            "您告诉过我们您喜欢：Tamorin",
        ),
        (
            Contribution("like", 1, "p-1"),
            "Like M3 Phone: same type, same brand, lower price",
            "与“M3 手机”相似：同类、同品牌、价格更低",
        ),
        (
            Contribution("type_bought_together", 1, "p-3", name="Phones > Smartphones"),
            "Smartphones and Cases are bought together",
            "有顾客把“智能手机”与“手机壳”一起购买",
        ),
        (Contribution("popular", 1), "Popular in the shop", "本店热门商品"),
    ],
)
def test_reasons_in_both_languages(contribution: Contribution, english: str, chinese: str) -> None:
    assert reason(ranked("p-2", contribution), SHOP, "en").text == english
    assert reason(ranked("p-2", contribution), SHOP, "zh").text == chinese


def test_every_reason_can_be_said_in_every_language() -> None:
    for language in get_args(Language):
        said = {
            reason(
                ranked("p-2", Contribution(code, 1, "p-1", name="Phones > Smartphones")), SHOP, language
            ).text
            for code in get_args(Code)
            if code != "put_back"
        }
        assert len(said) == len(get_args(Code)) - 1
        assert not any("{" in text for text in said)


def test_a_title_missing_in_the_language_stands_as_it_is() -> None:
    plain = Product(id="p-4", title="Only English", price="1.00 CNY")
    given = reason(ranked("p-2", Contribution("looked_at", 1, "p-4")), {**SHOP, "p-4": plain}, "zh")
    assert given.text == "因为您看过“Only English”"


def test_only_true_things_are_called_shared() -> None:
    details = [
        Detail(attribute_name="Main camera", attribute_value="50 MP"),
        Detail(attribute_name="USB", attribute_value="C"),
        Detail(attribute_name="Washable", attribute_value="Yes"),
    ]
    one = PHONE.model_copy(update={"product_detail": details, "color": "Black"})
    other = CASE.model_copy(update={"product_detail": details, "color": "Black", "price": "500.00 CNY"})
    assert shared(one, other, "en") == ["also black", "same main camera (50 MP)", "same USB (C)"]
    assert shared(PHONE, CASE, "en") == []
    assert "lower price" not in shared(OTHER.model_copy(update={"price": "1.00 USD"}), PHONE, "en")


def test_products_without_a_category_share_no_type() -> None:
    one, two = (
        Product(id=name, title=title, price="5.00 GBP")
        for name, title in (("p-8", "Flags"), ("p-9", "Ribbons"))
    )
    assert shared(one, two, "en") == []
    given = reason(ranked("p-8", Contribution("like", 0.4, "p-9")), {"p-8": one, "p-9": two}, "en")
    assert given.text == "Like Ribbons"
