"""What an event adds to the customer's counters, and what the counters say of their tastes.

Tastes fade: what was looked at last year says less than what was looked at yesterday. Instead of making
old counts smaller, each event is counted the bigger the later it happened, by 2^((time - LANDMARK) /
HALF_LIFE): forward decay (Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009). Shares of such
sums are at any time those of decayed ones, so a counter is only ever added to, and the order in which
events arrive does not matter.

Increments are rounded before they are added. DynamoDB adds decimals of up to 38 digits exactly; at six
decimals and a doubling in 90 days that lasts far beyond 2035 (2^41 is 13 digits), so sums do not depend on
the order either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .events import Event, EventItem
from .products import Product

LANDMARK = datetime(2025, 1, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=90)

OWNED = "owned#"  # before a product's id: pieces bought less pieces given back
_PIECES = {"purchase": 1, "refund": -1}

# One update expression holds 4 KB; a basket that spans more than this tells no taste anyway.
_MAX_PER_EVENT = 25
_SHOWN = 20


class Affinities(BaseModel):
    """Shares of the customer's interest, biggest first, each kind adding up to 1 at most."""

    model_config = ConfigDict(frozen=True)

    category: dict[str, float] = Field(default={}, description="Share of interest by category.")
    brand: dict[str, float] = Field(default={}, description="Share of interest by brand.")


def weight(moment: datetime) -> float:
    """How much something that happened at `moment` counts, relative to LANDMARK."""
    return float(2 ** ((moment - LANDMARK) / HALF_LIFE))


def category_of(item: EventItem, products: Mapping[str, Product]) -> str | None:
    """The item's category: the catalogue's word, else the event's; None where neither has one."""
    product = products.get(item.item_id)
    if product and (product.product_type or product.google_product_category):
        return product.category
    return item.item_category


def brand_of(item: EventItem, products: Mapping[str, Product]) -> str | None:
    """The item's brand: the catalogue's word, else the event's; None where neither has one."""
    product = products.get(item.item_id)
    return (product.brand if product else None) or item.item_brand


def interests(event: Event, products: Mapping[str, Product]) -> dict[tuple[str, str], float]:
    """What the event says of each ("category" or "brand", name) its items stand for, undecayed.

    An item counts once however many pieces of it were bought: ten screws are not ten times a taste.
    """
    found: defaultdict[tuple[str, str], float] = defaultdict(float)
    if not event.interest:
        return {}
    for item in {item.item_id: item for item in event.items}.values():
        for kind, name in (("category", category_of(item, products)), ("brand", brand_of(item, products))):
            if name:
                found[kind, name] += event.interest
    return found


def increments(event: Event, products: Mapping[str, Product]) -> dict[str, float]:
    """Counter increments of one event: `events`, `event#<name>`, `category#<name>`, `brand#<name>`.

    For a purchase or a refund also `owned#<product id>`: events are forgotten, what a customer has is not.

    Args:
        event: what happened.
        products: those of its items that the catalogue knows, by id.
    """
    added = {"events": 1.0, f"event#{event.event_name}": 1.0}
    found = interests(event, products)
    for kind in ("category", "brand"):
        own = [(name, interest) for (each, name), interest in found.items() if each == kind]
        for name, interest in sorted(own, key=lambda pair: (-abs(pair[1]), pair[0]))[:_MAX_PER_EVENT]:
            added[f"{kind}#{name}"] = round(interest * weight(event.event_time), 6)
    if event.event_name in _PIECES:
        for item in event.items:
            key = f"{OWNED}{item.item_id}"
            added[key] = added.get(key, 0.0) + _PIECES[event.event_name] * item.quantity
    return added


def affinities(counters: Mapping[str, float], corrections: Mapping[str, Any]) -> Affinities:
    """The customer's tastes as the counters stand, with the customer's own corrections applied.

    What the customer removed is left out; what the customer set counts as much as the strongest.

    Args:
        counters: `counters` of the stored profile.
        corrections: `corrections` of the stored profile.
    """
    return Affinities(
        category=_shares("category", counters, corrections), brand=_shares("brand", counters, corrections)
    )


def _shares(kind: str, counters: Mapping[str, float], corrections: Mapping[str, Any]) -> dict[str, float]:
    sums = {
        name.removeprefix(f"{kind}#"): value
        for name, value in counters.items()
        if name.startswith(f"{kind}#") and value > 0
    }
    prefix = f"{kind}_affinity:"
    strongest = max(sums.values(), default=1.0)
    for trait_id, correction in corrections.items():
        if trait_id.startswith(prefix):
            name = trait_id.removeprefix(prefix)
            sums.pop(name, None)
            if correction["action"] == "set":
                sums[name] = strongest
    total = sum(sums.values())
    best = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
    return {name: round(value / total, 4) for name, value in best}
