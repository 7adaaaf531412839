"""What a customer's latest events and profile say for recommending to them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Literal

from .affinity import OWNED
from .events import INTEREST, Event
from .ports import CustomerRecord
from .products import Language
from .refusals import Refusals, refusals
from .replenishment import Purchase, Purchases, purchases, recalled
from .tastes import Taste, tastes, unwanted

Act = Literal["looked_at", "in_cart", "wished", "bought"]

_ACTS: dict[str, Act] = {
    "add_to_cart": "in_cart",
    "begin_checkout": "in_cart",
    "add_to_wishlist": "wished",
    "purchase": "bought",
}
_FADING = 0.7  # a step: what they did before counts less than what they did last; measured
_INTERESTS = 10
_DISLIKES = 3
_CART_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Interest:
    """A product they turned to. `weight` in (0, 1]: how strongly and how lately; `events` say so."""

    product_id: str
    act: Act
    weight: float
    events: tuple[str, ...]


@dataclass(frozen=True)
class Shopper:
    """One customer, as a recommender needs to know them."""

    interests: list[Interest]  # latest first
    history: tuple[str, ...]  # products they turned to, each where they did last, oldest first
    dislikes: dict[
        str, tuple[str, ...]
    ]  # products put back or sent back last, latest first, and by which event
    seen: frozenset[str]  # products they did anything with
    owned: frozenset[str]  # bought and not given back
    cart: frozenset[str]  # put in the cart within a day and not bought or taken out since
    purchases: Purchases  # as far as the latest events and the profile know them
    since: datetime | None  # of the oldest of the latest events: what they show no longer was before
    tastes: list[Taste]
    unwanted: frozenset[tuple[str, str]]  # kinds and names of the tastes they removed
    refused: Refusals
    by_model: bool  # whether the model may be told what they did
    language: Language | None  # of the latest event that has one


def shopper(record: CustomerRecord, now: datetime) -> Shopper:
    """Read a record. Somebody nobody has seen comes out empty.

    A product counts by the strongest thing done with it, and as put back if that came last; anything done
    with it afterwards takes that back again.
    """
    events = sorted(record.events, key=lambda event: (event.event_time, event.event_id))
    refused = refusals(record.profile["corrections"])
    strongest: dict[str, Event] = {}
    latest: dict[str, list[Event]] = {}
    dislikes: dict[str, Event] = {}
    owned: set[str] = set()
    cart: set[str] = set()
    for event in events:
        for product_id in dict.fromkeys(item.item_id for item in event.items):
            if event.event_name == "purchase":
                owned.add(product_id)
            elif event.event_name == "refund":
                owned.discard(product_id)
            if event.event_name == "add_to_cart" and now - event.event_time <= _CART_KEPT:
                cart.add(product_id)
            elif event.event_name in ("remove_from_cart", "purchase"):
                cart.discard(product_id)
            if event.interest > 0:
                dislikes.pop(product_id, None)
                if product_id not in strongest or event.interest >= strongest[product_id].interest:
                    strongest[product_id] = event
                # Taken out first, so that the dict stays in the order of the latest.
                latest[product_id] = [*latest.pop(product_id, []), event]
            elif event.interest < 0:
                strongest.pop(product_id, None)
                latest.pop(product_id, None)
                dislikes.pop(product_id, None)
                dislikes[product_id] = event
    # The counters know of purchases longer ago than the latest events.
    for name, pieces in record.profile["counters"].items():
        if name.startswith(OWNED):
            (owned.add if pieces > 0 else owned.discard)(name.removeprefix(OWNED))
    return Shopper(
        interests=_interests(strongest, latest, refused),
        history=tuple(product_id for product_id in latest if product_id not in refused.because),
        dislikes={
            product_id: (dislikes[product_id].event_id,) for product_id in [*dislikes][: -_DISLIKES - 1 : -1]
        },
        seen=frozenset(latest) | frozenset(dislikes),
        owned=frozenset(owned),
        cart=frozenset(cart),
        purchases=_purchases(record.profile, events),
        since=events[0].event_time if events else None,
        tastes=tastes(record.profile, events, refused, now),
        unwanted=unwanted(record.profile["corrections"]),
        refused=refused,
        by_model=record.consents.allows("model_processing"),
        language=next((event.language for event in reversed(events) if event.language), None),
    )


def _interests(
    strongest: dict[str, Event], latest: dict[str, list[Event]], refused: Refusals
) -> list[Interest]:
    found = []
    step, before = -1, ""
    telling = [product_id for product_id in latest if product_id not in refused.because]
    for product_id in telling[: -_INTERESTS - 1 : -1]:
        best, own = strongest[product_id], latest[product_id]
        if own[-1].event_id != before:  # what was bought at once is one step
            step, before = step + 1, own[-1].event_id
        found.append(
            Interest(
                product_id,
                _ACTS.get(best.event_name, "looked_at"),
                _FADING**step * sqrt(best.interest / INTEREST["purchase"]),
                # All of them: with one left out, the rest would say the same.
                tuple(dict.fromkeys(event.event_id for event in (best, *reversed(own)))),
            )
        )
    return found


def _purchases(profile: dict[str, Any], events: Sequence[Event]) -> Purchases:
    """Those of the latest events, after those that the profile remembers from before."""
    remembered = recalled(profile["document"].get("purchases", {}))
    earlier: dict[str, list[Purchase]] = {
        product_id: [each for each in own if not events or each.time < events[0].event_time]
        for product_id, own in remembered.items()
    }
    return purchases(events, earlier)
