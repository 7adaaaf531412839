"""What one customer may use of the model."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from shopwright.errors import TooManyRequests
from shopwright.metering import Meter, tokens_in
from shopwright.ports import Message
from tests.unit.fakes import ScriptedModel
from tests.unit.small_shop import NOW


class Counted:
    """ports.Allowances."""

    def __init__(self) -> None:
        self.used: defaultdict[tuple[str, str], int] = defaultdict(int)

    def spend(self, customer_id: str, amount: int, limit: int, now: datetime) -> bool:
        key = customer_id, now.strftime("%H:%M")
        if self.used[key] + amount > limit:
            return False
        self.used[key] += amount
        return True


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("tea", 1), ("black tea", 3), ("红茶", 2), ("红茶 tea", 3), ("a" * 400, 100)],
)
def test_tokens_are_estimated(text: str, tokens: int) -> None:
    assert tokens_in(text) == tokens


def test_all_candidates_count_and_what_the_prompt_holds() -> None:
    counted = Counted()
    model = Meter(counted, 1000).metered(ScriptedModel(["one", "two"]), "c", NOW)
    model.generate([Message("user", "a" * 40)], n=4, max_tokens=50)
    assert [*counted.used.values()] == [10 + 4 * 50]
    model.embed_queries(["a" * 40])
    assert [*counted.used.values()] == [10 + 4 * 50 + 10]
    model.embed_passages(["the shop's own text" * 100])
    assert [*counted.used.values()] == [10 + 4 * 50 + 10]


def test_who_has_used_it_up_waits_for_the_next_minute_and_nobody_else_does() -> None:
    meter, at = Meter(Counted(), 100), NOW.replace(second=41)
    meter.spend("c", 60, at)
    with pytest.raises(TooManyRequests) as refused:
        meter.spend("c", 60, at)
    assert refused.value.retry_after == 19
    meter.spend("c", 40, at)  # what was refused was not taken
    meter.spend("another", 60, at)
    meter.spend("c", 60, at + timedelta(seconds=20))


def test_nobody_in_particular_is_not_counted() -> None:
    model = ScriptedModel([])
    assert Meter(Counted(), 100).metered(model, None, NOW) is model
