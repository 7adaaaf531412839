"""Item-to-item neighbours, counted from what customers did. Pure; time and memory grow linearly with events.

`viewed`: what the same customers went on to. Two products up to five steps apart in one customer's history
count 1/distance for the later one and 0.7/distance for the earlier one, weighed by the interest shown, and
are divided by what the interest in both would lead one to expect (a cosine), with some doubt added. Steps
more than a day apart count less.

`bought`: what lies in the same baskets more than chance puts there: see complements.py.

Categories have neighbours too, under `category_key(name)`: `bought` from other categories, for products that
nobody has bought yet, and as `viewed` the category's own products that get most interest.

Scores are scaled once for the whole shop, not for each product, so that a product with weak neighbours only
stays weak beside one with strong neighbours when the two are added up. One hundredth of the products whose
best neighbour is strongest reach 1; measured on baskets and on sequences, cutting there costs nothing, while
scaling each product by its own best loses a tenth of the hits.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil, sqrt

from .complements import Pairs, Rows
from .events import INTEREST, Event
from .histories import baskets, by_customer, fading
from .ports import Neighbours
from .products import UNCATEGORISED, Product

NEIGHBOUR_HALF_LIFE = timedelta(days=180)
POPULARITY_HALF_LIFE = timedelta(days=30)

_REACH = 5  # steps
_BACKWARD = 0.7
_ONE_VISIT = timedelta(days=1)
_LATER_VISIT = 0.3  # who comes back another day has often come for something else
_VIEWED_DOUBT = 10.0  # views' worth of interest that say nothing
_PER_STEP = 20  # products of one event that count as looked at


def category_key(category: str) -> str:
    """The id under which a category's neighbours are kept. No product id holds a slash."""
    return f"category/{category}"


def neighbours(
    events: Iterable[Event], products: Mapping[str, Product], now: datetime, top: int = 50
) -> dict[str, Neighbours]:
    """The `top` nearest of every product that has any, by product id, and of every category, by category_key.

    Args:
        events: all that are kept, of all customers, in any order. What happened 180 days ago counts half.
        products: the catalogue, by id; what is not in it neither has nor is a neighbour.
        now: aware, UTC.
        top: how many to keep of each kind for each product.
    """
    histories = by_customer(events)
    interest: dict[str, float] = defaultdict(float)
    viewed = _scaled(_top(_viewed(histories, products, interest, now), top))
    sold = [basket for history in histories for basket in baskets(history)]
    pairs = Pairs(sold, products, now, NEIGHBOUR_HALF_LIFE)
    of_categories = {category_key(category): row for category, row in pairs.category_scores().items()}
    bought = _scaled(_top({**pairs.scores(), **of_categories}, top))
    popular: Rows = defaultdict(dict)
    for product_id, amount in interest.items():
        if products[product_id].category == UNCATEGORISED:
            continue
        popular[category_key(products[product_id].category)][product_id] = amount
    for category, row in _top(popular, top).items():
        best = max(row.values())
        viewed[category] = {product_id: amount / best for product_id, amount in row.items()}
    return {
        each: Neighbours(bought=_rounded(bought.get(each, {})), viewed=_rounded(viewed.get(each, {})))
        for each in sorted(bought.keys() | viewed.keys())
    }


def popularity(events: Iterable[Event], now: datetime, top: int | None = 500) -> dict[str, float]:
    """The most popular products, best first, with their share of the best one's interest, in (0, 1].

    What happened 30 days ago counts half. One customer counts for one purchase of a product at most, so that
    nobody makes a product popular alone; what they took back (a refund) is taken off. `top` None keeps all.
    """
    total: dict[str, float] = defaultdict(float)
    for history in by_customer(events):
        own: dict[str, float] = defaultdict(float)
        for event in history:
            for product_id in {item.item_id for item in event.items}:
                own[product_id] += event.interest * fading(event.event_time, now, POPULARITY_HALF_LIFE)
        for product_id, amount in own.items():
            total[product_id] += min(max(amount, 0.0), INTEREST["purchase"])
    best = max(total.values(), default=0.0)
    row = {product_id: amount / best for product_id, amount in total.items() if amount > 0}
    return _rounded(_top({"": row}, top or len(row)).get("", {}))


def _viewed(
    histories: list[list[Event]], products: Mapping[str, Product], interest: dict[str, float], now: datetime
) -> Rows:
    """Rows of near transitions; adds to `interest` what each product got."""
    rows: Rows = defaultdict(lambda: defaultdict(float))
    for history in histories:
        steps = _steps(history, products, now)
        for at, (time, step) in enumerate(steps):
            for one, weight in step.items():
                interest[one] += weight
                for distance, (later, next_step) in enumerate(steps[at : at + _REACH + 1]):
                    factor = (1.0 if later - time <= _ONE_VISIT else _LATER_VISIT) / max(distance, 1)
                    for other, other_weight in next_step.items():
                        if other != one:
                            amount = factor * sqrt(weight * other_weight)
                            rows[one][other] += amount
                            if distance:
                                rows[other][one] += _BACKWARD * amount
    return {
        one: {
            other: amount / (sqrt(interest[one] * interest[other]) + _VIEWED_DOUBT)
            for other, amount in row.items()
        }
        for one, row in rows.items()
    }


def _steps(
    history: list[Event], products: Mapping[str, Product], now: datetime
) -> list[tuple[datetime, dict[str, float]]]:
    """When one customer came to which products, each once, with the greatest interest shown in it.

    Once, because whoever reloads a page all day must not decide what belongs together.
    """
    steps: list[tuple[datetime, dict[str, float]]] = []
    place: dict[str, dict[str, float]] = {}
    for event in history:
        if event.interest <= 0:
            continue
        weight = event.interest * fading(event.event_time, now, NEIGHBOUR_HALF_LIFE)
        step: dict[str, float] = {}
        for item in event.items[:_PER_STEP]:
            if item.item_id in products:
                own = place.setdefault(item.item_id, step)
                own[item.item_id] = max(own.get(item.item_id, 0.0), weight)
        if step:
            steps.append((event.event_time, step))
    return steps


def _best_first(pair: tuple[str, float]) -> tuple[float, str]:
    return -pair[1], pair[0]


def _top(rows: Mapping[str, Mapping[str, float]], top: int) -> Rows:
    return {one: dict(heapq.nsmallest(top, row.items(), key=_best_first)) for one, row in rows.items() if row}


def _scaled(rows: Rows) -> Rows:
    bests = sorted(max(row.values()) for row in rows.values())
    if not bests:
        return {}
    scale = bests[ceil(0.99 * (len(bests) - 1))]
    return {one: {other: min(1.0, s / scale) for other, s in row.items()} for one, row in rows.items()}


def _rounded(row: Mapping[str, float]) -> dict[str, float]:
    return {other: max(round(score, 6), 1e-6) for other, score in row.items()}
