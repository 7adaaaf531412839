"""What a customer's latest events and profile say for recommending to them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Literal

from .affinity import OWNED, affinities
from .events import INTEREST, Event
from .ports import CustomerRecord
from .products import Language

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
_CATEGORIES, _BRANDS = 5, 3
_DOUBT = 3.0  # events
_LEAST_SHARE = 0.1  # of their interest, to be called a taste
_CART_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Interest:
    """A product they turned to. `weight` in (0, 1]: how strongly and how lately; `events` say so."""

    product_id: str
    act: Act
    weight: float
    events: tuple[str, ...]


@dataclass(frozen=True)
class Taste:
    """A category or brand they like.

    `strength` is its share of their interest, less the doubt that few events leave; `stated` that they said
    so themselves.
    """

    kind: Literal["category", "brand"]
    name: str
    strength: float
    stated: bool
    events: tuple[str, ...]  # of the trait, where the profile has it

    @property
    def trait_id(self) -> str:
        """The trait's id in the profile."""
        return f"{self.kind}_affinity:{self.name}"


@dataclass(frozen=True)
class Shopper:
    """One customer, as a recommender needs to know them."""

    interests: list[Interest]  # latest first
    dislikes: dict[
        str, tuple[str, ...]
    ]  # products put back or sent back last, latest first, and by which event
    seen: frozenset[str]  # products they did anything with
    owned: frozenset[str]  # bought and not given back
    cart: frozenset[str]  # put in the cart within a day and not bought or taken out since
    tastes: list[Taste]
    unwanted: frozenset[tuple[str, str]]  # kinds and names of the tastes they removed
    language: Language | None  # of the latest event that has one


def shopper(record: CustomerRecord, now: datetime) -> Shopper:
    """Read a record. Somebody nobody has seen comes out empty.

    A product counts by the strongest thing done with it, and as put back if that came last; anything done
    with it afterwards takes that back again.
    """
    events = sorted(record.events, key=lambda event: (event.event_time, event.event_id))
    strongest: dict[str, Event] = {}
    latest: dict[str, Event] = {}
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
                latest.pop(product_id, None)
                latest[product_id] = event
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
        interests=_interests(strongest, latest),
        dislikes={
            product_id: (dislikes[product_id].event_id,) for product_id in [*dislikes][: -_DISLIKES - 1 : -1]
        },
        seen=frozenset(latest) | frozenset(dislikes),
        owned=frozenset(owned),
        cart=frozenset(cart),
        tastes=_tastes(record.profile, now),
        unwanted=_unwanted(record.profile["corrections"]),
        language=next((event.language for event in reversed(events) if event.language), None),
    )


def _interests(strongest: dict[str, Event], latest: dict[str, Event]) -> list[Interest]:
    found = []
    step, before = -1, ""
    for product_id in [*latest][: -_INTERESTS - 1 : -1]:
        best, last = strongest[product_id], latest[product_id]
        if last.event_id != before:  # what was bought at once is one step
            step, before = step + 1, last.event_id
        found.append(
            Interest(
                product_id,
                _ACTS.get(best.event_name, "looked_at"),
                _FADING**step * sqrt(best.interest / INTEREST["purchase"]),
                tuple(dict.fromkeys((best.event_id, last.event_id))),
            )
        )
    return found


def _tastes(profile: dict[str, Any], now: datetime) -> list[Taste]:
    corrections = profile["corrections"]
    evidence = {
        trait["id"]: tuple(trait["evidence"])
        for trait in profile["document"].get("traits", [])
        if datetime.fromisoformat(trait["expires_at"]) > now
    }
    shares = affinities(profile["counters"], corrections)
    seen = profile["counters"].get("events", 0.0)
    sure = seen / (seen + _DOUBT)
    found = []
    kinds: Sequence[tuple[Literal["category", "brand"], dict[str, float], int]] = (
        ("category", shares.category, _CATEGORIES),
        ("brand", shares.brand, _BRANDS),
    )
    for kind, own, most in kinds:
        for name, share in [*own.items()][:most]:
            trait_id = f"{kind}_affinity:{name}"
            stated = corrections.get(trait_id, {}).get("action") == "set"
            if stated or share >= _LEAST_SHARE:
                found.append(Taste(kind, name, share * sure, stated, evidence.get(trait_id, ())))
    return found


def _unwanted(corrections: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (trait_id.partition("_affinity:")[0], trait_id.partition("_affinity:")[2])
        for trait_id, correction in corrections.items()
        if correction["action"] == "remove" and "_affinity:" in trait_id
    )
