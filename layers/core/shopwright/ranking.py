"""From what speaks for each product to one list. Pure.

A product's score is the sum of its contributions, and each contribution knows what it rests on: so the reason
shown is what moved the product up, not a story told afterwards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Code = Literal[
    "lately",
    "looked_at",
    "in_cart",
    "wished",
    "bought",
    "viewed_together",
    "bought_together",
    "bought_with_like",
    "bought_with_category",
    "type_bought_together",
    "like",
    "favourite_category",
    "favourite_brand",
    "stated",
    "popular_in_category",
    "most_popular",
    "popular",
    "in_range",
    "buy_again",
    "featured",
    "put_back",
]

Placement = Literal["for_you", "similar", "bought_together"]
"""A place in the shop."""


@dataclass(frozen=True)
class Repeat:
    """Of `buy_again`: when it was bought last, after how many days it is bought again, and by themselves."""

    last: date
    days: float
    own: bool


@dataclass(frozen=True)
class Contribution:
    """One thing that speaks for a product, or against it where `weight` is negative.

    `because` is the product it comes from, `name` the category or brand, `trait` the profile's trait, and
    `events` what the customer did.
    """

    code: Code
    weight: float
    because: str | None = None
    name: str | None = None
    trait: str | None = None
    events: tuple[str, ...] = ()
    repeat: Repeat | None = None

    def times(self, factor: float) -> Contribution:
        """The same, weighing `factor` times as much."""
        return replace(self, weight=self.weight * factor)


Contributions = dict[str, list[Contribution]]
"""What speaks for each product, by its id."""


@dataclass(frozen=True)
class Ranked:
    """A product, its score in (0, 1) and what made it, the heaviest contribution first."""

    product_id: str
    score: float
    contributions: tuple[Contribution, ...]


def merge(parts: Iterable[Contributions]) -> Contributions:
    """All parts' contributions together."""
    merged: Contributions = defaultdict(list)
    for part in parts:
        for product_id, own in part.items():
            merged[product_id] += own
    return dict(merged)


def rank(
    contributions: Mapping[str, Sequence[Contribution]], excluded: Collection[str] = frozenset()
) -> list[Ranked]:
    """Products by the sum of their contributions s, best first, scored s / (1 + s).

    Left out are the excluded and those that more speaks against than for. Equal ones go by id.
    """
    ranked = []
    for product_id, own in contributions.items():
        total = sum(each.weight for each in own)
        if product_id not in excluded and total > 0:
            heaviest = sorted(own, key=lambda each: (-each.weight, each.code, each.because or ""))
            ranked.append(Ranked(product_id, total / (1 + total), tuple(heaviest)))
    return sorted(ranked, key=lambda each: (-each.score, each.product_id))


def select(
    ranked: Sequence[Ranked],
    limit: int,
    categories: Mapping[str, str],
    most_of_one: int,
    brand_room: Callable[[str], bool] = lambda _: True,
) -> list[Ranked]:
    """The best `limit`, at most `most_of_one` of a category as long as there are others; best first.

    Args:
        ranked: best first.
        limit: how many at most.
        categories: each product's category, by product id.
        most_of_one: the cap.
        brand_room: whether the list may still take a product; a yes is a place taken.
    """
    count: Counter[str] = Counter()
    chosen: list[Ranked] = []
    waiting: list[Ranked] = []
    for each in ranked:
        if count[categories[each.product_id]] >= most_of_one:
            waiting.append(each)
        elif len(chosen) < limit and brand_room(each.product_id):
            count[categories[each.product_id]] += 1
            chosen.append(each)
    for each in waiting:
        if len(chosen) < limit and brand_room(each.product_id):
            chosen.append(each)
    return sorted(chosen, key=lambda each: (-each.score, each.product_id))
