"""Complements on real baskets: the last weeks held out, each product of a basket asks for the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from local.benchmarks.recommendation.baskets import FILE, Counted, orders, with_variants
from local.benchmarks.recommendation.measures import (
    bestsellers,
    copies,
    found,
    interval,
    share_of,
    top_share,
)  # fmt: skip
from local.benchmarks.recommendation.parts import Keep, Setting
from local.benchmarks.recommendation.progress import Progress
from local.benchmarks.recommendation.titles import without_variant
from shopwright.events import Event
from shopwright.histories import baskets, by_customer
from shopwright.neighbours import neighbours
from shopwright.products import Product

HELD_OUT_FROM = datetime(2011, 11, 1, tzinfo=UTC)
_QUICK_FROM, _QUICK_BASKETS = datetime(2011, 9, 1, tzinfo=UTC), 200
TOP = 10

Recommend = Callable[[str], Sequence[str]]


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """Hits, bestsellers and copies of each method. Raises Missing."""
    file = setting.file(FILE)
    say = setting.progress.say
    say("bought_together: reading the order lines")
    data = orders(file)
    events = [event for event in data.events if not setting.quick or event.event_time >= _QUICK_FROM]
    learned = [event for event in events if event.event_time < HELD_OUT_FROM]
    asked = in_baskets([event for event in events if event.event_time >= HELD_OUT_FROM])
    if setting.quick:
        asked = asked[:_QUICK_BASKETS]
    counted = Counted(in_baskets(learned, least=1))
    methods: dict[str, Recommend] = {}
    took: dict[str, float] = {}
    for name, products in (
        ("Shopwright", data.products),
        ("Shopwright, told of variants", with_variants(data.products.values())),
    ):
        say(f"bought_together: {name} counts {len(learned)} orders")
        began = time.perf_counter()
        methods[name] = complements(learned, products)
        took[name] = round(time.perf_counter() - began, 1)
    methods |= {
        "together most often": counted.most_often,
        "together, cosine": counted.by_cosine,
        "popularity": counted.popular,
    }
    names = {key: without_variant(product.title) for key, product in data.products.items()}
    kinds: dict[str, dict[str, str | None]] = {
        "by_title": names,
        "by_code": {key: key[:5] for key in data.products},
    }
    return {
        "held_out_from": HELD_OUT_FROM.date().isoformat(),
        "until": f"{max(event.event_time for event in events):%Y-%m-%d}",
        "orders_learned": len(learned),
        "baskets": len(asked),
        "queries": sum(map(len, asked)),
        "median_basket": sorted(map(len, asked))[len(asked) // 2],
        "products": len(data.products),
        "one_percent": top_share(counted.counts, 0.01),
        "lines": data.lines,
        "left_out": data.left_out,
        "counting_s": took,
        "methods": {
            name: judged(recommend, asked, counted.counts, kinds, setting.progress, name)
            for name, recommend in methods.items()
        },
    }


def in_baskets(events: Sequence[Event], least: int = 2) -> list[list[str]]:
    """What was bought at once, refunds taken out, of at least so many products; customers by id."""
    found = [basket for history in by_customer(events) for basket in baskets(history)]
    return [[*basket.items] for basket in found if len(basket.items) >= least]


def complements(events: Sequence[Event], products: dict[str, Product]) -> Recommend:
    """The shop's own lists, as its scheduled recount would have kept them on the day of the split."""
    kept = neighbours(events, products, HELD_OUT_FROM)
    lists = {key: list(near.bought)[:TOP] for key, near in kept.items()}
    return lambda query: lists.get(query, [])


def judged(
    recommend: Recommend,
    asked: Sequence[Sequence[str]],
    counts: dict[str, float],
    kinds: dict[str, dict[str, str | None]],
    progress: Progress,
    name: str,
) -> dict[str, Any]:
    """One method over all baskets.

    `ndcg_others` looks for products other than the 100 bestsellers only, where a basket holds any.

    Hits are means over the products of a basket and then over baskets, so that a wholesaler's basket of
    hundreds counts as one; the intervals are over baskets, as products of one basket are not independent.
    What the lists hold is over all lists, as the shoppers would have seen them.

    Args:
        asked: baskets of two or more products.
        counts: in how many learned baskets each product lies.
        kinds: what copies have in common, of each product, by how one tells.
    """
    rows: list[tuple[float, ...]] = []
    most = bestsellers(counts, 100)
    others: list[float] = []
    known = cache(lambda query: list(recommend(query)[:TOP]))
    shown = []
    for basket in progress.each(asked, f"bought_together: {name}"):
        lists = {query: known(query) for query in basket}
        shown += lists.items()
        hits = [found(own, {*basket} - {query}, TOP) for query, own in lists.items()]
        rare = {*basket} - most
        hits_of_rare = [found(own, rare - {query}, TOP)[2] for query, own in lists.items() if rare - {query}]
        if hits_of_rare:
            others.append(sum(hits_of_rare) / len(hits_of_rare))
        rows.append(tuple(sum(column) / len(hits) for column in zip(*hits, strict=True)))
    lists_alone = [own for _, own in shown]
    places = sum(map(len, lists_alone))
    return {
        **{
            measure: [round(value, 5) for value in interval([row[at] for row in rows])]
            for at, measure in enumerate(("hr", "recall", "ndcg"))
        },
        "ndcg_others": [round(value, 5) for value in interval(others)] if others else None,
        "answered": round(sum(map(bool, lists_alone)) / len(lists_alone), 4),
        "top_100": round(share_of(lists_alone, most), 4),
        "top_1_percent": round(share_of(lists_alone, bestsellers(counts, top_share(counts, 0.01))), 4),
        "different": len({key for own in lists_alone for key in own}),
        "copies": {
            how: round(sum(copies(query, own, names) for query, own in shown) / max(1, places), 4)
            for how, names in kinds.items()
        },
    }
