"""What a caller asks a list to be made of."""

from typing import Any

import pytest

from shopwright.errors import InvalidInput
from shopwright.filters import Filters, branches, in_category
from shopwright.products import Product


def product(product_id: str = "p", **more: Any) -> Product:
    return Product.model_validate({"id": product_id, "title": product_id, "price": "10.00 CNY", **more})


PHONE = product(
    "phone",
    product_type="Electronics > Phones",
    google_product_category="Electronics > Communications > Telephony",
    translations={"zh": {"title": "手机", "product_type": "电子 > 手机"}},
)


@pytest.mark.parametrize(
    ("category", "found"),
    [
        ("Electronics", True),
        ("electronics>phones", True),
        ("Electronics > Phones > Folding", False),
        ("Electronics > Pho", False),
        ("Phones", False),
        ("Electronics > Communications", True),
        ("电子", True),
    ],
)
def test_a_category_brings_its_children_and_nothing_else(category: str, found: bool) -> None:
    assert in_category(PHONE, category) == found
    assert Filters(category=category).admits(PHONE) == found


def test_prices_and_availability() -> None:
    one = product(availability="preorder")
    assert Filters().admits(one)
    assert Filters(min_price=10, max_price=10).admits(one)
    assert not Filters(min_price=10.01).admits(one)
    assert not Filters(max_price=9.99).admits(one)
    assert not Filters(availability="in_stock").admits(one)
    assert not Filters().admits(product(availability="out_of_stock"))


@pytest.mark.parametrize(
    ("filters", "field"),
    [(Filters(min_price=2, max_price=1), "min_price"), (Filters(category=" > "), "category")],
)
def test_what_makes_no_sense_is_named(filters: Filters, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        filters.check()
    assert raised.value.field == field
    Filters(min_price=1, max_price=1, category="a").check()


def test_a_branch_holds_the_most_popular_of_all_its_children_and_then_the_unknown() -> None:
    others = [
        product("case", product_type="Electronics > Cases"),
        product("cable", product_type="Electronics"),
        product("gone", product_type="Electronics > Cases", availability="out_of_stock"),
        product("tea", product_type="Tea"),
    ]
    found = branches([PHONE, *others], {"case": 0.8, "phone": 0.4, "gone": 1.0})
    assert list(found["electronics"].items()) == [("case", 1.0), ("phone", 0.5), ("cable", 0.0)]
    assert found["tea"] == {"tea": 0.0}
    assert found[Filters(category="电子 > 手机").branch or ""] == {"phone": 1.0}
    assert list(branches([PHONE, *others], {}, top=1)["electronics"]) == ["cable"]
