"""Who may act for whom."""

from __future__ import annotations

import pytest

from shopwright.access import Caller
from shopwright.errors import Forbidden
from shopwright.ingestion import customers_named


@pytest.mark.parametrize(
    ("scopes", "customer_id"),
    [
        ({"shop/customer"}, "c-1"),
        ({"shop/customer"}, None),
        ({"shop/service"}, "c-2"),
        ({"shop/customer", "shop/service"}, "c-2"),
    ],
)
def test_these_may(scopes: set[str], customer_id: str | None) -> None:
    Caller("c-1", frozenset(scopes)).act_for(customer_id)


@pytest.mark.parametrize("scopes", [set(), {"shop/customer"}, {"shop/marketing"}, {"shop/customer", "shop"}])
@pytest.mark.parametrize("customer_id", ["c-2", "C-1", "c-1 ", ""])
def test_these_may_not(scopes: set[str], customer_id: str) -> None:
    with pytest.raises(Forbidden, match="another customer's"):
        Caller("c-1", frozenset(scopes)).act_for(customer_id)


def test_whom_a_batch_names() -> None:
    rows = [{"customer_id": "c-1"}, {"customer_id": "c-2"}, {"customer_id": 3}, {}, "text", None]
    assert customers_named(rows) == {"c-1", "c-2"}
