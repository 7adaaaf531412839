"""Products that are bought again, and when: learned from purchases, for all customers and for one. Pure.

A purchase within two days of the one before is the same errand: something forgotten, or a clock past
midnight. What was given back was not bought. Of a product's buyers those count who had the time to buy it
again: who bought it for the first time yesterday tells nothing. A few buyers' worth of doubt keeps out a
product that two people happened to buy twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from .events import Event
from .histories import by_customer
from .ports import Replenishment

_SAME_ERRAND = timedelta(days=2)
_DOUBT = 5.0  # buyers who never came back for it
_DOUBT_OF_ONE = 3.0  # times that a customer did not come back for it; measured
_LEAST_SHARE = 0.15
_LEAST_REPEATS = 3
_DUE = 0.7  # of the interval: early enough to have it before it runs out
_KEPT, _KEPT_OF_ONE = 60, 4  # products and purchases of each that a profile holds


@dataclass(frozen=True)
class Purchase:
    """That a product was bought: when, and by which event."""

    time: datetime
    event_id: str


Purchases = Mapping[str, Sequence[Purchase]]
"""By product id, oldest first."""


@dataclass(frozen=True)
class Due:
    """That a customer may need a product again.

    `days` is the interval and `share` how sure it is that they will; `own` that it is their own interval, not
    that of all customers.
    """

    last: Purchase
    days: float
    share: float
    own: bool
    events: tuple[str, ...]

    def lateness(self, now: datetime) -> float:
        """How many intervals have passed since the last purchase; 1 on the day."""
        return (now - self.last.time) / timedelta(days=self.days)


def purchases(events: Iterable[Event], earlier: Purchases | None = None) -> dict[str, list[Purchase]]:
    """One customer's purchases by product, less what they gave back.

    Args:
        events: oldest first.
        earlier: what is known of purchases before the first of the events.
    """
    found: defaultdict[str, list[Purchase]] = defaultdict(list)
    transactions: dict[str, str | None] = {}
    for product_id, own in (earlier or {}).items():
        found[product_id] += own
    for event in events:
        for product_id in dict.fromkeys(item.item_id for item in event.items):
            own = found[product_id]
            if event.event_name == "purchase":
                own.append(Purchase(event.event_time, event.event_id))
                transactions[event.event_id] = event.transaction_id
            elif event.event_name == "refund" and own:
                same = [
                    each
                    for each in own
                    if event.transaction_id and transactions.get(each.event_id) == event.transaction_id
                ]
                own.remove(same[-1] if same else own[-1])
    return {product_id: own for product_id, own in found.items() if own}


def replenishable(events: Iterable[Event], now: datetime, top: int = 2000) -> dict[str, Replenishment]:
    """The products that customers buy again, those bought again by most first.

    Args:
        events: all that are kept, of all customers, in any order.
        now: aware, UTC.
        top: how many to keep; they are read with every request.
    """
    firsts: defaultdict[str, list[datetime]] = defaultdict(list)  # of those who bought it once
    gaps: defaultdict[str, list[float]] = defaultdict(list)  # of those who bought it again, each their median
    for history in by_customer(events):
        for product_id, own in purchases(history).items():
            if own_gaps := _gaps(own):
                gaps[product_id].append(median(own_gaps))
            else:
                firsts[product_id].append(own[0].time)
    found = {}
    for product_id, own_medians in gaps.items():
        days = median(own_medians)
        once = sum(now - first >= timedelta(days=days) for first in firsts[product_id])
        share = len(own_medians) / (len(own_medians) + once + _DOUBT)
        if len(own_medians) >= _LEAST_REPEATS and share >= _LEAST_SHARE:
            found[product_id] = Replenishment(round(days, 1), round(share, 3))
    ranked = sorted(found, key=lambda product_id: (-len(gaps[product_id]), product_id))
    return {product_id: found[product_id] for product_id in ranked[:top]}


def due(bought: Purchases, known: Mapping[str, Replenishment], now: datetime) -> dict[str, Due]:
    """The products of which a customer's last purchase is about an interval ago.

    The interval is the median of their own, with that of all customers as one more; where neither is known a
    product is not bought again.
    """
    found = {}
    for product_id, own in bought.items():
        gaps = _gaps(own)
        general = known.get(product_id)
        if gaps or general:
            days = median([*gaps, *([general.days] if general else [])])
            own_share = len(gaps) / (len(gaps) + _DOUBT_OF_ONE)
            share = max(own_share, general.share if general else 0.0)
            each = Due(own[-1], days, share, bool(gaps), tuple(purchase.event_id for purchase in own))
            if each.lateness(now) >= _DUE:
                found[product_id] = each
    return found


def used_up(
    owned: Iterable[str],
    bought: Purchases,
    known: Mapping[str, Replenishment],
    before: datetime | None,
    now: datetime,
) -> set[str]:
    """Of what is owned, what must be used up though nobody knows any more when it was bought.

    Args:
        owned: product ids.
        bought: the purchases that are known; these products are judged by `due`.
        known: what is bought again, and when.
        before: a time after every purchase that is not known; None if all events are forgotten.
        now: aware, UTC.
    """
    return {
        product_id
        for product_id in owned
        if product_id not in bought
        and product_id in known
        and (before is None or now - before >= timedelta(days=_DUE * known[product_id].days))
    }


def remembered(bought: Purchases) -> dict[str, list[tuple[str, str]]]:
    """What a profile keeps of purchases, so that they are known when newer events have pushed them out.

    Returns:
        By product id `(event id, iso time)`, oldest first: the latest few of the products bought again, then
        of those bought last.
    """
    ranked = sorted(
        bought, key=lambda product_id: (not _gaps(bought[product_id]), _newest(bought[product_id]))
    )
    return {
        product_id: [(each.event_id, each.time.isoformat()) for each in bought[product_id][-_KEPT_OF_ONE:]]
        for product_id in ranked[:_KEPT]
    }


def recalled(document: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[Purchase]]:
    """What `remembered` gave, read again."""
    return {
        product_id: [Purchase(datetime.fromisoformat(at), event_id) for event_id, at in own]
        for product_id, own in document.items()
    }


def _gaps(own: Sequence[Purchase]) -> list[float]:
    """Days between the errands."""
    found: list[float] = []
    last = own[0].time
    for before, each in pairwise(own):
        if each.time - before.time >= _SAME_ERRAND:
            found.append((each.time - last) / timedelta(days=1))
            last = each.time
    return found


def _newest(own: Sequence[Purchase]) -> float:
    return -own[-1].time.timestamp()
