"""Customers' events put in order: one history each, and the baskets in it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .events import Event

ONE_BASKET = timedelta(days=1)


@dataclass
class Basket:
    """What one customer bought at once, in the order stated, less what they gave back."""

    time: datetime
    items: dict[str, None] = field(default_factory=dict)


def by_customer(events: Iterable[Event]) -> list[list[Event]]:
    """Each customer's events, oldest first; customers by id, so that sums over them are always the same."""
    histories: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        histories[event.customer_id].append(event)
    for history in histories.values():
        history.sort(key=lambda event: (event.event_time, event.event_id))
    return [histories[customer_id] for customer_id in sorted(histories)]


def baskets(history: Iterable[Event]) -> list[Basket]:
    """The baskets of one customer's history (oldest first).

    Purchases of one transaction are one basket, and so are those of one session within a day. A refund takes
    its items out again: of its transaction's basket, else of the latest that holds them.
    """
    found: list[Basket] = []
    transactions: dict[str, Basket] = {}
    sessions: dict[str, Basket] = {}
    for event in history:
        if event.event_name == "purchase":
            basket = transactions.get(event.transaction_id or "") or sessions.get(event.session_id or "")
            if basket is None or event.event_time - basket.time > ONE_BASKET:
                basket = Basket(event.event_time)
                found.append(basket)
            basket.items.update(dict.fromkeys(item.item_id for item in event.items))
            if event.transaction_id:
                transactions[event.transaction_id] = basket
            if event.session_id:
                sessions[event.session_id] = basket
        elif event.event_name == "refund":
            sold = transactions.get(event.transaction_id or "")
            for item in event.items:
                holding = (basket for basket in reversed(found) if item.item_id in basket.items)
                basket = sold or next(holding, None)
                if basket is not None:
                    basket.items.pop(item.item_id, None)
    return found


def fading(moment: datetime, now: datetime, half_life: timedelta) -> float:
    """How much something that happened at `moment` still counts: 1 now, a half after `half_life`."""
    return float(0.5 ** (max(now - moment, timedelta(0)) / half_life))
