"""The `diversity` of a list in the shop."""

import pytest

from shopwright.errors import InvalidInput
from tests.unit.small_shop import ids, lively_shop


def test_a_mixed_list_begins_with_the_best_and_goes_on_with_what_is_unlike_it() -> None:
    shop = lively_shop()
    found = {
        diversity: ids(shop.recommend("c", "similar", "aurora-1", limit=3, diversity=diversity))
        for diversity in (0.0, 0.5, 0.9)
    }
    assert found[0.0] == ["boreas-1", "aurora-2", "case-1"]  # two phones first
    assert found[0.5] == ["boreas-1", "case-1", "aurora-2"]
    assert found[0.9] == ["boreas-1", "case-1", "lamp"]  # no second phone


@pytest.mark.parametrize("diversity", [-0.1, 1.1])
def test_it_is_from_0_to_1(diversity: float) -> None:
    with pytest.raises(InvalidInput, match="must be from 0 to 1") as refused:
        lively_shop().recommend("c", diversity=diversity)
    assert refused.value.field == "diversity"
