"""What is bought together: complements, neither bestsellers nor copies. Pure.

What lies in the same baskets more than chance puts there. The count of a pair is a sign of its lift (how many
times more often than chance); a Gamma prior says what lift to expect before anything is seen, and its mean is
learned from the categories of the two: phones and cases are bought together, phones and phones are not. So
one sighting of a complement outweighs one sighting of a second phone, and many sightings outweigh any prior.
What counts is the lift above 1; alone it would favour oddities nobody wants, so it is multiplied by a small
power of popularity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from .histories import Basket, fading
from .products import Product

_BASKET_REACH = 30  # a basket of hundreds is a wholesaler's: only what was put in one after the other counts
_PAIR_DOUBT = 1.0  # sightings of a pair that the prior is worth
_CATEGORY_DOUBT = 10.0  # sightings of a pair of categories that its prior is worth
_SAME_CATEGORY = 0.25  # lift expected within a category before anything is seen: copies replace each other
_POPULARITY_POWER = 0.3
_AT_CHANCE = 0.05  # what is together as often as chance keeps this much, so that first baskets say something

Rows = dict[str, dict[str, float]]


class Pairs:
    """Sightings of pairs in baskets. Each product of a basket has one sighting to share among the others."""

    def __init__(
        self, found: list[Basket], products: Mapping[str, Product], now: datetime, half_life: timedelta
    ) -> None:
        self._category = {product_id: product.category for product_id, product in products.items()}
        self._group = {product_id: product.item_group_id for product_id, product in products.items()}
        self._seen: Rows = defaultdict(lambda: defaultdict(float))
        sightings = 0.0
        for basket in found:
            items = [product_id for product_id in basket.items if product_id in products]
            weight = fading(basket.time, now, half_life)
            share = weight / max(1, min(len(items) - 1, 2 * _BASKET_REACH))
            for at, one in enumerate(items):
                for other in items[at + 1 : at + 1 + _BASKET_REACH]:
                    self._seen[one][other] += share
                    self._seen[other][one] += share
                    sightings += 2 * weight
        self._mass = {one: sum(row.values()) for one, row in self._seen.items()}
        self._total = sum(self._mass.values())
        self._unit = self._total / sightings if sightings else 1.0  # what one sighting weighs on average
        self.category_lift = self._category_lift()
        """How many times more often than chance a pair of categories is bought together, smoothed."""

    def _category_lift(self) -> dict[tuple[str, str], float]:
        mass: dict[str, float] = defaultdict(float)
        squares: dict[str, float] = defaultdict(float)
        seen: dict[tuple[str, str], float] = defaultdict(float)
        for one, row in self._seen.items():
            category = self._category[one]
            mass[category] += self._mass[one]
            squares[category] += self._mass[one] ** 2
            for other, amount in row.items():
                seen[category, self._category[other]] += amount
        doubt = _CATEGORY_DOUBT * self._unit
        lift = {}
        for one, other in seen.keys() | {(category, category) for category in mass}:
            # No product is bought with itself, so chance does not either.
            chance = (mass[one] * mass[other] - (squares[one] if one == other else 0.0)) / self._total
            prior = _SAME_CATEGORY if one == other else 1.0
            lift[one, other] = (seen.get((one, other), 0.0) + doubt * prior) / (chance + doubt)
        return lift

    def _score(self, seen: float, mass: float, other: str, prior: float) -> float:
        doubt = _PAIR_DOUBT * self._unit
        chance = mass * self._mass[other] / self._total
        lift = (seen + doubt * prior) / (chance + doubt)
        above = max(lift - 1.0, _AT_CHANCE * lift)
        return above * float((self._mass[other] / self._total) ** _POPULARITY_POWER)

    def scores(self) -> Rows:
        """For each product those seen with it, except its own variants (same item_group_id)."""
        return {
            one: {
                other: self._score(
                    amount,
                    self._mass[one],
                    other,
                    self.category_lift[self._category[one], self._category[other]],
                )
                for other, amount in row.items()
                if self._group[one] is None or self._group[one] != self._group[other]
            }
            for one, row in self._seen.items()
        }

    def category_scores(self) -> Rows:
        """For each category the products of other categories seen with any of its own."""
        mass: dict[str, float] = defaultdict(float)
        seen: Rows = defaultdict(lambda: defaultdict(float))
        for one, row in self._seen.items():
            category = self._category[one]
            mass[category] += self._mass[one]
            for other, amount in row.items():
                if self._category[other] != category:
                    seen[category][other] += amount
        return {
            category: {
                other: self._score(
                    amount, mass[category], other, self.category_lift[category, self._category[other]]
                )
                for other, amount in row.items()
            }
            for category, row in seen.items()
        }
