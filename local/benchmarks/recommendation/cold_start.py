"""Little known of the customer, nothing of the product, another shop's products: who still finds the next?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from local.benchmarks.recommendation.parts import Keep, Setting
from local.benchmarks.recommendation.recommenders import POPULARITY, compared, standard
from local.benchmarks.recommendation.sequences import FILES, Histories, read, require
from model.recommender.measure import Score, hit_rate, ndcg, ranks
from model.recommender.popularity import Popularity, counted
from model.recommender.sequences import Cases, History
from model.recommender.text_likeness import TextLikeness

KNOWN = (0, 1, 2, 3, 5, 10)
NEW_SHARE = 0.1
ELSEWHERE, TEXT_ALONE, POPULAR_THERE = (
    "trained on {}, texts alone",
    "likeness of texts alone",
    "popularity there",
)


def measure(setting: Setting, kept: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """By file: `known` (by events known), `new` (products held out), `transfer`; kept after each."""
    require(setting)
    found: dict[str, Any] = {"files": {name: dict(kept.get("files", {}).get(name, {})) for name in FILES}}
    for name, other in zip(FILES, reversed(FILES), strict=True):
        own = found["files"][name]
        say = setting.progress.say
        if "known" not in own:
            shop = read(name, setting)
            own["known"] = by_known(standard(shop, setting).methods, shop.sequences.test())
            keep(found)
        if "transfer" not in own:
            there = read(other, setting)
            own["transfer"] = transferred(read(name, setting), there, setting)
            keep(found)
        if "new" not in own:
            say(f"cold_start: {name} without a tenth of its products")
            own["new"] = new_products(read(name, setting), setting)
            keep(found)
    return found


def by_known(methods: Mapping[str, Score], test: Cases) -> dict[str, Any]:
    """The same cases when only the last k products of each history are known.

    With none known there is nothing to go by but popularity, whatever the method.
    """
    enough = [at for at, history in enumerate(test.histories) if len(history) >= max(KNOWN)]
    found: dict[str, Any] = {"cases": len(enough), "methods": {name: {} for name in methods}}
    for k in KNOWN:
        cases = last_only(test, enough, k)
        nobody = row(methods[POPULARITY], cases) if k == 0 else None
        for name, score in methods.items():
            found["methods"][name][str(k)] = nobody or row(score, cases)
    return found


def last_only(test: Cases, chosen: Sequence[int], k: int) -> Cases:
    """Chosen cases, each history cut to its last k products."""
    histories = [test.histories[at][-k:] if k else test.histories[at][:0] for at in chosen]
    return Cases(histories, test.targets[np.array(chosen, np.int64)])


def new_products(shop: Histories, setting: Setting) -> dict[str, Any]:
    """A tenth of the products is taken out of all that is learned from; test products are parted by that.

    All products are ranked, new and known ones together, after the whole history with the new ones in it.
    """
    held = held_out(shop.sequences.places, setting.seed)
    learned = without(shop.before_test, held)

    def say(words: str) -> None:
        setting.progress.say(f"{shop.name} without new products: {words}")

    methods = compared(learned, shop.texts, setting.seed, say).methods
    test = shop.sequences.test()
    is_new = np.isin(test.targets, held)
    found: dict[str, Any] = {"products": len(held), "cases": {}, "methods": {name: {} for name in methods}}
    for kind, chosen in (("new", np.flatnonzero(is_new)), ("known", np.flatnonzero(~is_new))):
        found["cases"][kind] = len(chosen)
        cases = Cases([test.histories[at] for at in chosen], test.targets[chosen])
        for name, score in methods.items():
            found["methods"][name][kind] = row(score, cases) if len(chosen) else None
    return found


def held_out(places: int, seed: int) -> History:
    """A tenth of the products, drawn by the seed."""
    count = max(1, round(NEW_SHARE * (places - 1)))
    return np.sort(np.random.default_rng(seed).choice(np.arange(1, places), count, replace=False))


def without(histories: Sequence[History], products: History) -> list[History]:
    """The histories with these products taken out; those that were of nothing else are gone."""
    kept = [history[~np.isin(history, products)] for history in histories]
    return [history for history in kept if len(history)]


def transferred(shop: Histories, there: Histories, setting: Setting) -> dict[str, Any]:
    """Learned in one shop, tested in another that it has not seen."""
    test = there.sequences.test()
    methods: dict[str, Score] = {
        ELSEWHERE.format(shop.name): standard(shop, setting).ours.elsewhere(there.texts),
        TEXT_ALONE: partial(TextLikeness(there.vectors).scores, decay=0.6),
        POPULAR_THERE: Popularity(counted(there.sequences.training(), there.sequences.places)).scores,
    }
    return {
        "to": there.name,
        "cases": len(test.histories),
        "methods": {name: row(score, test) for name, score in methods.items()},
    }


def row(score: Score, cases: Cases) -> dict[str, list[float]]:
    """HR@10 and NDCG@10, each with its 95 % interval."""
    rank = ranks(score, cases)
    pairs = (("hr", hit_rate(rank)), ("ndcg", ndcg(rank)))
    return {name: [round(value, 5) for value in (m.mean, m.low, m.high)] for name, m in pairs}
