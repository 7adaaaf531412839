"""Customers of the sample shop. They are synthetic: no person, and no real shop's log, stands behind them.

Each is given tastes (a few kinds of product, a brand, a price level, an hour of the day, a language) and
from these a seeded generator draws two months of GA4-style events. So there is something to find for
profiles and recommendations, and it is known what: brands and prices repeat, baskets hold complements, a
few products sell far more than the rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .complements import COMPLEMENTS

Product = Mapping[str, Any]

USED_UP = {"Coffee & Tea > Coffee Beans", "Coffee & Tea > Tea", "Beauty > Sunscreen", "Sports > Shuttlecocks"}
DAYS = 60
HOURS = (8.0, 13.0, 21.0)  # on the way to work, at lunch, in the evening (UTC)


@dataclass(frozen=True)
class Taste:
    """What one synthetic customer likes. `price_level`: 0 the cheapest of a kind, 1 the dearest."""

    product_types: tuple[str, ...]
    brand: str
    price_level: float
    hour: float
    language: str


class _Shop:
    """The products by kind, each with a popularity drawn once: a few are far ahead of the rest."""

    def __init__(self, products: Sequence[Product], rng: random.Random) -> None:
        self.by_type: dict[str, list[Product]] = {}
        for product in sorted(products, key=_price):
            self.by_type.setdefault(product["product_type"], []).append(product)
        self.popularity = {product["id"]: rng.paretovariate(1.1) for product in products}
        self.anchors = [kind for kind in COMPLEMENTS if kind in self.by_type]
        self.crowd = [(place + 1) ** -0.5 for place in range(len(self.anchors))]

    def pick(
        self, rng: random.Random, taste: Taste, kind: str, *, count: int = 1, beside: Product | None = None
    ) -> list[Product]:
        """Up to `count` products of `kind` that fit `beside`, drawn by popularity and taste."""
        shelf = self.by_type.get(kind, [])
        rank = {product["id"]: place / max(1, len(shelf) - 1) for place, product in enumerate(shelf)}
        shelf = [product for product in shelf if beside is None or _fits(product, beside)]
        found: list[Product] = []
        while shelf and len(found) < count:
            weights = [
                self.popularity[product["id"]]
                * (4.0 if product["brand"] == taste.brand else 1.0)
                * (1.2 - abs(rank[product["id"]] - taste.price_level)) ** 2
                for product in shelf
            ]
            found.append(shelf.pop(rng.choices(range(len(shelf)), weights)[0]))
        return found


def generate(
    products: Sequence[Product], *, customers: int = 64, seed: int = 7, until: datetime
) -> Iterator[dict[str, Any]]:
    """Events of synthetic customers `c-001`, `c-002`, ... in the 60 days before `until` (aware, UTC).

    Each customer's events come in the order of time, one customer after the other: about 30 each. The same
    products, seed and `until` give the same events; the ids do not depend on `until`, so that loading
    again on another day adds nothing.
    """
    shop = _Shop(products, random.Random(seed))
    for number in range(1, customers + 1):
        yield from _history(shop, number, seed, until)


def _history(shop: _Shop, number: int, seed: int, until: datetime) -> Iterator[dict[str, Any]]:
    rng = random.Random(f"{seed}/{number}")
    taste = _taste(shop, rng)
    owned: set[str] = set()
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    count = 0
    for days_ago in sorted(rng.sample(range(1, DAYS + 1), rng.randint(4, 7)), reverse=True):
        hour = min(22.5, max(6.0, rng.gauss(taste.hour, 1.0)))
        clock = midnight - timedelta(days=days_ago) + timedelta(hours=hour)
        for fields in _session(shop, taste, owned, rng):
            count += 1
            clock += timedelta(seconds=rng.randint(8, 150))
            event_id = f"e-{seed}-{number:03d}-{count:03d}"
            if fields["event_name"] == "purchase":
                fields["transaction_id"] = f"t-{event_id[2:]}"
            yield {
                "event_id": event_id,
                "event_time": clock.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "customer_id": f"c-{number:03d}",
                "session_id": f"s-{number:03d}-{days_ago:02d}",
                "language": taste.language,
                **fields,
            }


def _taste(shop: _Shop, rng: random.Random) -> Taste:
    liked: dict[str, None] = {}
    while len(liked) < min(len(shop.anchors), rng.choice((2, 3))):
        liked[rng.choices(shop.anchors, shop.crowd)[0]] = None
    brand = rng.choice([product["brand"] for kind in liked for product in shop.by_type[kind]])
    return Taste(tuple(liked), brand, rng.random(), rng.choice(HOURS), rng.choice(("en", "zh")))


def _session(shop: _Shop, taste: Taste, owned: set[str], rng: random.Random) -> Iterator[dict[str, Any]]:
    """One visit: look for a kind of product, look at some, perhaps buy one and what completes it."""
    curious = rng.random() < 0.12
    kind = (
        rng.choice(sorted(shop.by_type))
        if curious
        else rng.choices(taste.product_types, (5, 3, 2)[: len(taste.product_types)])[0]
    )
    seen = shop.pick(rng, taste, kind, count=rng.randint(1, 3))
    if rng.random() < 0.7:
        yield {"event_name": "search", "search_term": _words(seen[0], taste.language)}
    else:
        yield {
            "event_name": "view_item_list",
            "item_list_name": kind,
            "items": [_item(p, index=i) for i, p in enumerate(seen)],
        }
    for product in seen:
        yield _about("view_item", [product])
    choice = next((p for p in seen if p["availability"] == "in_stock" and _may_buy(p, owned)), None)
    mood = rng.random()
    if choice is None or mood < 0.25:
        return
    if mood < 0.40:
        yield _about("add_to_wishlist", [choice])
        return
    yield _about("add_to_cart", [choice])
    basket = [choice]
    for other_kind, likelihood in zip(COMPLEMENTS.get(kind, ()), (0.75, 0.55, 0.35, 0.25), strict=False):
        if rng.random() < likelihood:
            for other in shop.pick(rng, taste, other_kind, beside=choice):
                if other["availability"] == "in_stock" and _may_buy(other, owned):
                    yield _about("view_item", [other])
                    yield _about("add_to_cart", [other])
                    basket.append(other)
    if mood < 0.50:
        yield _about("remove_from_cart", [basket.pop()])
    if basket:
        yield _about("purchase", basket)
        owned.update(product["id"] for product in basket)


def _may_buy(product: Product, owned: set[str]) -> bool:
    return product["id"] not in owned or product["product_type"] in USED_UP


def _fits(product: Product, beside: Product) -> bool:
    """A case is for one phone: what is made for something must name `beside`, or its screen size."""
    details = {d["attribute_name"]: d["attribute_value"] for d in beside["product_detail"]}
    made_for = next(
        (d["attribute_value"] for d in product["product_detail"] if d["attribute_name"] == "Compatible with"),
        None,
    )
    name, _, _ = beside["title"].rpartition(" ")
    return made_for is None or made_for in (name, f"{details.get('Display')} laptops")


def _words(product: Product, language: str) -> str:
    """What somebody types who looks for such a product: the last part of its category."""
    texts = product["translations"][language] if language in product.get("translations", {}) else product
    return str(texts["product_type"]).rsplit(" > ", 1)[-1].lower()


def _about(event_name: str, products: Sequence[Product]) -> dict[str, Any]:
    return {
        "event_name": event_name,
        "currency": products[0]["price"].split()[1],
        "value": round(sum(map(_price, products)), 2),
        "items": [_item(product) for product in products],
    }


def _item(product: Product, **more: Any) -> dict[str, Any]:
    return {
        "item_id": product["id"],
        "item_name": product["title"],
        "item_brand": product["brand"],
        "item_category": product["product_type"],
        "price": _price(product),
        "quantity": 1,
        **more,
    }


def _price(product: Product) -> float:
    return float(product["price"].split()[0])
