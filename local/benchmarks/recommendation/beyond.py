"""Beyond accuracy: how much of the shop is shown, how well known that is, how unlike a list's products are.

And what a mixture costs: shopwright.diversity.diversified, the very function a shop would call, over the best
hundred of a list. It is given the likeness that the shop has (brand and category; `shelf`) where the file has
these, and that of the texts' vectors (`text`), which a function without numpy would have to be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from local.benchmarks.recommendation.measures import coverage, found, interval, novelty, unlikeness
from local.benchmarks.recommendation.parts import Keep, Setting
from local.benchmarks.recommendation.recommenders import OURS, standard
from local.benchmarks.recommendation.sequences import FILES, Histories, read, require
from model.recommender.measure import Score, without_seen
from model.recommender.sequences import Cases
from shopwright.diversity import diversified, likeness_by_shelf
from shopwright.products import Product

TOP = 10
DIVERSITY = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
_CANDIDATES = 100
_MIXED = 2000  # lists that are mixed
_BATCH = 1000

Likeness = Callable[[str, str], float]
Shown = list[list[int]]


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """By file: `methods`, and `mixed` by likeness and diversity; kept after each file. Raises Missing."""
    require(setting)
    result: dict[str, Any] = {"files": dict(kept.get("files", {}))}
    for name in FILES:
        if name in result["files"]:
            setting.progress.say(f"beyond: {name} is kept from an earlier run")
            continue
        shop = read(name, setting)
        methods = standard(shop, setting).methods
        test = shop.sequences.test()
        counts = Counter(int(key) for history in shop.sequences.training() for key in history)
        rows = {}
        for method, score in methods.items():
            setting.progress.say(f"beyond: {name}, {method}")
            lists, _ = best(score, test, TOP)
            rows[method] = described(lists, test, shop.vectors, counts, shop.sequences.places - 1)
        result["files"][name] = {
            "cases": len(test.histories),
            "methods": rows,
            "mixed": mixed(methods[OURS], test, shop, setting),
        }
        keep(result)
    return result


def best(score: Score, cases: Cases, top: int) -> tuple[Shown, list[list[float]]]:
    """The best places after each history, best first, and their scores; equal ones by place."""
    shown, scores = [], []
    for start in range(0, len(cases.histories), _BATCH):
        histories = cases.histories[start : start + _BATCH]
        own = without_seen(np.array(score(histories), np.float32), histories)
        order = np.argsort(-own, axis=1, kind="stable")[:, :top]
        shown += order.tolist()
        scores += np.take_along_axis(own, order, 1).tolist()
    return shown, scores


def described(
    lists: Shown, cases: Cases, vectors: np.ndarray, counts: Counter[int], products: int
) -> dict[str, Any]:
    """What a method's lists are like; `ndcg` tells at what price."""
    hits = [found(own, {int(target)})[2] for own, target in zip(lists, cases.targets, strict=True)]
    return {
        "ndcg": [round(value, 5) for value in interval(hits)],
        "coverage": round(coverage(lists, products), 4),
        "novelty": round(novelty(lists, counts, counts.total()), 3),
        "diversity": round(float(unlikeness(np.array(lists), vectors).mean()), 4),
    }


def mixed(score: Score, test: Cases, shop: Histories, setting: Setting) -> dict[str, Any]:
    """NDCG@10 and the diversity of lists, by how likeness is told and by the setting."""
    chosen = np.sort(
        np.random.default_rng(setting.seed).permutation(len(test.histories))[
            : 50 if setting.quick else _MIXED
        ]
    )
    cases = Cases([test.histories[at] for at in chosen], test.targets[chosen])
    lists, scores = best(score, cases, _CANDIDATES)
    result: dict[str, Any] = {"cases": len(chosen), "candidates": _CANDIDATES, "by": {}}
    for name, likeness in likenesses(shop).items():
        rows = result["by"].setdefault(name, {})
        for value in setting.progress.each(DIVERSITY, f"beyond: {shop.name} mixed by {name}"):
            again = remixed(lists, scores, likeness, value)
            hits = [found(own, {int(target)})[2] for own, target in zip(again, cases.targets, strict=True)]
            rows[str(value)] = {
                "ndcg": [round(each, 5) for each in interval(hits)],
                "diversity": round(float(unlikeness(np.array(again), shop.vectors).mean()), 4),
            }
    return result


def remixed(lists: Shown, scores: Sequence[Sequence[float]], likeness: Likeness, diversity: float) -> Shown:
    """Ten of each list's candidates, mixed."""
    found = []
    for own, values in zip(lists, scores, strict=True):
        by_id = {str(place): value for place, value in zip(own, values, strict=True) if np.isfinite(value)}
        found.append([int(key) for key in diversified(by_id, likeness, TOP, diversity)])
    return found


def likenesses(shop: Histories) -> dict[str, Likeness]:
    """How alike two places are: by brand and category where the file has them, and by their texts."""
    vectors = shop.vectors
    told: dict[str, Likeness] = {
        "text": lambda one, other: max(0.0, float(vectors[int(one)] @ vectors[int(other)]))
    }
    if any(shop.shelves):
        products = {str(place): _product(place, shelf) for place, shelf in enumerate(shop.shelves)}
        told["shelf"] = lambda one, other: likeness_by_shelf(products[one], products[other])
    return told


def _product(place: int, shelf: tuple[str, str] | None) -> Product:
    brand, category = shelf or (None, None)
    named = {"brand": brand if brand and brand != "Unknown" else None, "product_type": category or None}
    return Product(id=f"p-{place}", title=f"Product {place}", price="1.00 EUR", **named)
