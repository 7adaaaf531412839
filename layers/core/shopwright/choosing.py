"""From weighed products to the list: shares of categories and brands, mixture, pins at their places. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from .diversity import diversified, likeness_by_shelf
from .eligibility import Slot
from .featuring import Featuring, as_featured, eligible, placed
from .products import Product
from .ranking import Contributions, Placement, Ranked, rank, select

# How much of a list one category may take; less for somebody unknown, who should see the breadth of the shop.
_SHARE_OF_ONE: dict[Placement, float] = {"for_you": 0.4, "similar": 1.0, "bought_together": 0.3}
_SHARE_OF_ONE_UNKNOWN = 0.2
_MIXED_FROM = 4  # times as many as are shown


def choose(
    slot: Slot, weighed: Contributions, products: Mapping[str, Product], rules: Featuring
) -> list[Ranked]:
    """The list, in the order to show.

    Args:
        slot: what is asked for.
        weighed: what speaks for each product, all told.
        products: every product that was read, by id.
        rules: the shop's, for this list.
    """
    barred = slot.barred(products)
    ranked = rank(weighed, barred | slot.hidden)
    chosen = _best(slot, slot.limit, ranked, products, rules.room(products))
    pins = eligible(rules.pinned, products, barred, slot.limit)
    if not pins:
        return chosen
    unpinned = {each.product_id for each in chosen}
    others = [each for each in ranked if each.product_id not in pins]
    left = slot.limit - len(pins)
    chosen = _best(slot, left, others, products, rules.room(products, pins))
    featured = [(as_featured(key, ranked, unpinned), position) for key, position in pins.items()]
    return placed(featured, chosen)


def _best(
    slot: Slot,
    limit: int,
    ranked: Sequence[Ranked],
    products: Mapping[str, Product],
    room: Callable[[str], bool],
) -> list[Ranked]:
    """The best by score, or those that mix well among some more of the best."""
    categories = {key: each.category for key, each in products.items()}
    wide = _MIXED_FROM * limit if slot.diversity else limit
    chosen = select(ranked, wide, categories, _most_of_one(slot), room)
    if not slot.diversity:
        return chosen
    by_id = {each.product_id: each for each in chosen}
    scores = {key: each.score for key, each in by_id.items()}
    mixed = diversified(
        scores, lambda one, other: likeness_by_shelf(products[one], products[other]), limit, slot.diversity
    )
    return [by_id[key] for key in mixed]


def _most_of_one(slot: Slot) -> int:
    """How many of one category. Who asked for a category wants no others."""
    if slot.filters.category:
        return slot.limit
    unknown = not (slot.who.interests or slot.who.tastes or slot.product)
    return ceil(slot.limit * (_SHARE_OF_ONE_UNKNOWN if unknown else _SHARE_OF_ONE[slot.placement]))
