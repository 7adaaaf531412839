"""Asking the recommender behind the endpoint what a customer may turn to next."""

from __future__ import annotations

from .arrivals import Arrivals
from .eligibility import Slot
from .errors import ModelError, ModelUnavailable
from .ladder import Degraded
from .ports import NextList, NextProducts

_HISTORY, _EXCLUDED = 50, 1000  # what it is told
_SUGGESTED = 80  # of a hundred that are read at once
_EXPLAINED = 5  # latest products of which it tells what they add


class Suggesting:
    """Asks.

    Args:
        next_products: the recommender; None where the shop has none.
        arrivals: what it may not know yet.
    """

    def __init__(self, next_products: NextProducts | None, arrivals: Arrivals) -> None:
        self._next_products = next_products
        self._arrivals = arrivals

    def ask(self, slot: Slot) -> tuple[NextList | None, Degraded | None]:
        """What may come next; None where it cannot say, with the reason if that is a fault."""
        who, in_view = slot.who, slot.product.id if slot.product else None
        history = [*who.history, *([in_view] if in_view and in_view not in slot.silent else [])]
        if self._next_products is None or not history:
            return None, None
        if not who.by_model:
            return None, "no_consent"
        # The same for every customer: the server keeps what it made of them until others come, and one that
        # stands in the history counts there. What this customer has or has seen is excluded instead.
        arrivals = self._arrivals.latest()
        seen = who.seen & {each.product_id for each in arrivals}
        try:
            answer = self._next_products.next_products(
                history[-_HISTORY:],
                limit=_SUGGESTED,
                exclude=[*seen - {*history}, *who.owned - seen - {*history}][:_EXCLUDED],
                explain=_EXPLAINED,
                arrivals=arrivals,
            )
        except ModelUnavailable:
            return None, "model_unavailable"
        except ModelError:
            return None, "model_invalid"
        return (answer if answer.products else None), None
