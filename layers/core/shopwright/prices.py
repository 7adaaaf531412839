"""Prices as a customer meets them: what an item cost, the band they move in, and where that stands. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .events import Event, EventItem
from .products import Product

Level = Literal["low", "middle", "high"]

_LEAST_COMPARED = 5  # a third of fewer prices says nothing


class PriceBand(BaseModel):
    """Prices for one piece that a customer mostly looks at and pays; `level` within their categories."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    high: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    level: Level | None = Field(
        default=None, description="Third of the catalogue's prices of the same categories; null if unknown."
    )


class PriceLevels:
    """Where a price stands among the catalogue's prices of the same category and currency."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._prices: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for product in products:
            if product.amount is not None and product.currency:
                self._prices[product.category, product.currency].append(product.amount)
        for prices in self._prices.values():
            prices.sort()

    def __bool__(self) -> bool:
        return bool(self._prices)

    def position(self, category: str | None, currency: str, price: float) -> float | None:
        """0 for the cheapest, 1 for the dearest; None where fewer than five prices are known."""
        prices = self._prices.get((category or "", currency), [])
        if len(prices) < _LEAST_COMPARED:
            return None
        return (bisect_left(prices, price) + bisect_right(prices, price)) / 2 / len(prices)


def costs_less(one: Product, other: Product) -> bool:
    """Whether one product costs less than another in the same currency."""
    if one.amount is None or other.amount is None or one.currency != other.currency:
        return False
    return one.amount < other.amount


def price_of(event: Event, item: EventItem, products: Mapping[str, Product]) -> tuple[float, str] | None:
    """What one piece cost: as the event says if it says the currency too, else the catalogue's price."""
    if item.price is not None and event.currency:
        return item.price, event.currency
    product = products.get(item.item_id)
    if product and product.amount is not None and product.currency:
        return product.amount, product.currency
    return None


def band(prices: list[tuple[float, float]], positions: list[tuple[float, float]]) -> PriceBand:
    """The band of prices, each with its weight, and the level of their positions, each with its weight.

    The cheapest and the dearest tenth are left out: they may be a whim or a present.
    """
    return PriceBand(low=_quantile(prices, 0.1), high=_quantile(prices, 0.9), level=_level(positions))


def _quantile(weighted: list[tuple[float, float]], part: float) -> float:
    """The smallest value that at least `part` of the weight does not exceed."""
    ordered = sorted(weighted)
    wanted = part * sum(amount for _, amount in ordered)
    reached = 0.0
    for value, amount in ordered:
        reached += amount
        if reached >= wanted:
            return value
    return ordered[-1][0]


def _level(positions: list[tuple[float, float]]) -> Level | None:
    if not positions:
        return None
    ordered = sorted(positions)
    mean = sum(place * amount for place, amount in ordered) / sum(amount for _, amount in ordered)
    return "low" if mean < 1 / 3 else "middle" if mean <= 2 / 3 else "high"
