"""Which products a list takes when it is to be mixed, with cases that have one right answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwright.diversity import diversified, likeness_by_shelf
from shopwright.products import Product

# Two phones that are all alike, and a kettle that is like neither.
SCORES = {"phone": 10.0, "other phone": 9.0, "kettle": 6.0, "mug": 0.0}
ALIKE = {frozenset({"phone", "other phone"}): 1.0, frozenset({"kettle", "mug"}): 0.5}


def likeness(one: str, other: str) -> float:
    return ALIKE.get(frozenset({one, other}), 0.0)


@pytest.mark.parametrize(
    ("diversity", "expected"),
    [
        (0.0, ["phone", "other phone", "kettle", "mug"]),
        # second place: other phone 0.9 x 0.9 - 0.1 = 0.71, kettle 0.9 x 0.6 = 0.54
        (0.1, ["phone", "other phone", "kettle", "mug"]),
        # second place: other phone 0.5 x 0.9 - 0.5 = -0.05, kettle 0.5 x 0.6 = 0.3;
        # third: other phone -0.05, mug 0.5 x 0 - 0.5 x 0.5 = -0.25
        (0.5, ["phone", "kettle", "other phone", "mug"]),
        # scores only part what is equally unlike: kettle and mug
        (1.0, ["phone", "kettle", "mug", "other phone"]),
    ],
)
def test_places_go_to_what_is_good_and_unlike_what_stands_before(
    diversity: float, expected: list[str]
) -> None:
    assert diversified(SCORES, likeness, 4, diversity) == expected
    assert diversified(SCORES, likeness, 2, diversity) == expected[:2]


def test_the_scale_of_the_scores_does_not_matter() -> None:
    moved = {key: 0.01 * score - 40 for key, score in SCORES.items()}
    assert diversified(moved, likeness, 4, 0.5) == diversified(SCORES, likeness, 4, 0.5)


def test_equal_scores_and_no_candidates() -> None:
    even = dict.fromkeys(["phone", "other phone", "kettle"], 3.0)
    assert diversified(even, likeness, 3, 0.0) == ["phone", "other phone", "kettle"]
    assert diversified(even, likeness, 3, 0.3) == ["phone", "kettle", "other phone"]
    assert diversified({}, likeness, 3, 0.3) == []


@given(
    st.dictionaries(st.text(min_size=1, max_size=2), st.floats(-5, 5), max_size=8),
    st.floats(0, 1),
    st.integers(0, 10),
)
def test_nothing_is_shown_twice_or_left_out_while_there_is_room(
    scores: dict[str, float], diversity: float, limit: int
) -> None:
    found = diversified(scores, lambda one, other: float(one[0] == other[0]), limit, diversity)
    assert len(found) == len(set(found)) == min(limit, len(scores))
    if found:
        assert scores[found[0]] == max(scores.values())


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_a_diversity_that_is_none_is_refused(diversity: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        diversified(SCORES, likeness, 4, diversity)


def _product(product_id: str, **more: str) -> Product:
    return Product.model_validate({"id": product_id, "title": "A thing", "price": "1.00 EUR", **more})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"item_group_id": "g"}, {"item_group_id": "g"}, 1.0),
        ({"product_type": "Mugs", "brand": "B"}, {"product_type": "Mugs", "brand": "B"}, 0.9),
        ({"product_type": "Mugs", "brand": "B"}, {"product_type": "Mugs", "brand": "C"}, 0.6),
        ({"product_type": "Mugs", "brand": "B"}, {"product_type": "Pans", "brand": "B"}, 0.3),
        ({"product_type": "Mugs"}, {"product_type": "Pans"}, 0.0),
        # neither says what it is: that is nothing in common
        ({}, {}, 0.0),
    ],
)
def test_what_the_catalogue_says_makes_products_alike(
    one: dict[str, str], other: dict[str, str], expected: float
) -> None:
    assert likeness_by_shelf(_product("a", **one), _product("b", **other)) == pytest.approx(expected)
