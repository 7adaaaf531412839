"""Adding up contributions and choosing from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwright.ranking import Contribution, merge, rank, select


def viewed(weight: float) -> Contribution:
    return Contribution("looked_at", weight, "x")


def test_contributions_add_up() -> None:
    ranked = rank({"a": [viewed(0.3), viewed(0.3)], "b": [viewed(0.5)], "c": [viewed(1.0), viewed(-0.9)]})
    assert [each.product_id for each in ranked] == ["a", "b", "c"]
    assert ranked[0].score == pytest.approx(0.6 / 1.6)


def test_what_more_speaks_against_than_for_is_left_out() -> None:
    assert rank({"a": [viewed(0.3), Contribution("put_back", -0.3, "a")], "b": []}) == []


def test_the_heaviest_contribution_comes_first() -> None:
    light, heavy = viewed(0.1), Contribution("bought_together", 0.4, "y")
    assert rank({"a": [light, heavy]})[0].contributions == (heavy, light)


def test_excluded_are_left_out_and_ties_go_by_id() -> None:
    same = {product_id: [viewed(0.5)] for product_id in ("c", "a", "b")}
    assert [each.product_id for each in rank(same, {"b"})] == ["a", "c"]


def test_merging_keeps_every_part_as_it_was() -> None:
    one, other = {"a": [viewed(0.1)]}, {"a": [viewed(0.2)], "b": [viewed(0.3)]}
    assert merge([one, other]) == {"a": [viewed(0.1), viewed(0.2)], "b": [viewed(0.3)]}
    assert one == {"a": [viewed(0.1)]}


def test_no_category_takes_the_whole_list_while_there_are_others() -> None:
    weights = {"tea-1": 0.9, "tea-2": 0.8, "tea-3": 0.7, "cup-1": 0.2, "cup-2": 0.1}
    ranked = rank({product_id: [viewed(weight)] for product_id, weight in weights.items()})
    category = {product_id: product_id[:3] for product_id in weights}
    assert [each.product_id for each in select(ranked, 3, category, 2)] == ["tea-1", "tea-2", "cup-1"]
    assert [each.product_id for each in select(ranked, 4, category, 1)] == [
        "tea-1",
        "tea-2",
        "tea-3",
        "cup-1",
    ]


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.lists(st.floats(-2, 2).map(viewed), min_size=1, max_size=4)
    ),
    st.sets(st.sampled_from("abcdefgh")),
    st.integers(1, 5),
    st.integers(1, 3),
)
def test_lists_are_sorted_in_range_and_without_the_excluded(
    contributions: dict[str, list[Contribution]], excluded: set[str], limit: int, most: int
) -> None:
    ranked = rank(contributions, excluded)
    chosen = select(ranked, limit, dict.fromkeys("abcd", "1") | dict.fromkeys("efgh", "2"), most)
    assert len(chosen) == min(limit, len(ranked))
    assert not {each.product_id for each in chosen} & excluded
    assert all(0 < each.score < 1 for each in chosen)
    assert [each.score for each in chosen] == sorted((each.score for each in chosen), reverse=True)
    assert all(each.contributions[0].weight > 0 for each in chosen)
