"""What speaks for which products, by id, before they are read. Pure.

Weights are relative: a neighbour or text match at its best weighs 1 (ports.Neighbours, `scaled`). Of what a
customer looked at, what others went on to look at counts more; of what they bought, what goes with it does,
since they have no use for another of the same. Tastes come after what was done, and popularity is so light
that it decides only where nothing else speaks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import sqrt

from .neighbours import category_key
from .ports import Match, Neighbours, NextList
from .products import UNCATEGORISED, Product
from .ranking import Code, Contribution, Contributions, Repeat
from .replenishment import Due
from .shopper import Shopper

_AFTER_LOOKING = {"viewed": 1.0, "bought": 0.5}
_AFTER_BUYING = {"viewed": 0.2, "bought": 1.0}
_NEAR_PUT_BACK = -0.2
_TASTE_SHELF = 0.1
_POPULAR, _IN_RANGE = 0.03, 0.001
_AGAIN = 1.0
_OVERDUE = 3  # intervals in which the hope of another purchase halves; measured

SURELY_LIKE = 0.5
"""From this similarity on (see `scaled`) a text stands out enough to be called like another."""

_TEXT, _VIEWED, _SHELF = 1.0, 0.8, 0.1

_LIKE_BOUGHT, _CATEGORY_BOUGHT = 0.5, 0.3


def scaled(matches: Sequence[Match], seed: str) -> dict[str, float]:
    """Similarity of the matches other than `seed`, spread over (0, 1]: the best keeps its cosine.

    Encoders differ in what cosine they give to texts that have nothing in common (0.1 or 0.75); what counts
    is how far a match stands out from the others.
    """
    found = {match.id: match.similarity for match in matches if match.id != seed and match.similarity > 0}
    if not found:
        return {}
    best, least = max(found.values()), min(found.values())
    return {
        key: min(1.0, best) * (0.1 + 0.9 * ((value - least) / (best - least) if best > least else 1.0))
        for key, value in found.items()
    }


def from_history(who: Shopper, near: Mapping[str, Neighbours]) -> Contributions:
    """From the neighbours of what they turned to, and against those of what they put back."""
    found: Contributions = defaultdict(list)
    for interest in who.interests:
        own = near.get(interest.product_id, Neighbours())
        weights = _AFTER_BUYING if interest.act == "bought" else _AFTER_LOOKING
        because, events = interest.product_id, interest.events
        for product_id, score in own.bought.items():
            weight = interest.weight * weights["bought"] * score
            found[product_id].append(Contribution("bought_together", weight, because, events=events))
        for product_id, score in own.viewed.items():
            weight = interest.weight * weights["viewed"] * score
            found[product_id].append(Contribution(interest.act, weight, because, events=events))
    for because, events in who.dislikes.items():
        if because in who.refused.because:
            continue
        for product_id, score in near.get(because, Neighbours()).viewed.items():
            found[product_id].append(Contribution("put_back", _NEAR_PUT_BACK * score, because, events=events))
    return found


def from_next_products(who: Shopper, found: NextList) -> Contributions:
    """From the recommender behind the endpoint: what each product of the history adds to its score.

    What no single one of them adds rests on all together. The best product weighs 1; the others the root of
    their share of its score, since a probability that is a tenth of the best one is still a good one.
    """
    interests = {each.product_id: each for each in who.interests}
    every = tuple(dict.fromkeys(event for each in who.interests for event in each.events))
    best = max((each.score for each in found.products), default=0.0)
    contributions: Contributions = defaultdict(list)
    for product in found.products:
        if not product.score:
            continue
        weight, left = sqrt(product.score / best), 1.0
        for because, drop in product.because.items():
            left -= drop / product.score
            act: Code = interests[because].act if because in interests else "viewed_together"
            events = interests[because].events if because in interests else ()
            contributions[product.product_id].append(
                Contribution(act, weight * drop / product.score, because, events=events)
            )
        contributions[product.product_id].append(Contribution("lately", weight * left, events=every))
    return contributions


def from_replenishment(again: Mapping[str, Due], now: datetime) -> Contributions:
    """From having bought it about as long ago as it lasts; who is long overdue may have given it up."""
    return {
        product_id: [
            Contribution(
                "buy_again",
                _AGAIN * each.share * min(1.0, 2 ** ((1 - each.lateness(now)) / _OVERDUE)),
                events=each.events,
                repeat=Repeat(each.last.time.date(), each.days, each.own),
            )
        ]
        for product_id, each in again.items()
    }


def from_text_of_history(
    who: Shopper, alike: Mapping[str, Mapping[str, float]], weight: float = 0.5
) -> Contributions:
    """From texts like those of products they turned to; `alike` by such a product, scaled."""
    found: Contributions = defaultdict(list)
    for interest in who.interests:
        for product_id, similarity in alike.get(interest.product_id, {}).items():
            if similarity >= SURELY_LIKE:
                own = weight * interest.weight * similarity
                found[product_id].append(
                    Contribution("like", own, interest.product_id, events=interest.events)
                )
    return found


def from_context(product_id: str, near: Neighbours, alike: Mapping[str, float]) -> Contributions:
    """From what the product in view is bought and looked at with, or else is like."""
    found: Contributions = defaultdict(list)
    for other, score in near.bought.items():
        found[other].append(Contribution("bought_together", score, product_id))
    for other, score in near.viewed.items():
        found[other].append(Contribution("viewed_together", score, product_id))
    for other, similarity in alike.items():
        if similarity >= SURELY_LIKE:
            found[other].append(Contribution("like", similarity, product_id))
    return found


def from_shelves(who: Shopper, near: Mapping[str, Neighbours]) -> Contributions:
    """From what is popular in the categories they like."""
    found: Contributions = defaultdict(list)
    for taste in who.tastes:
        if taste.kind == "category":
            for product_id, share in near.get(category_key(taste.name), Neighbours()).viewed.items():
                strength = 1.0 if taste.stated else taste.strength
                weight = _TASTE_SHELF * strength * share
                found[product_id].append(
                    Contribution("popular_in_category", weight, name=taste.name, trait=taste.trait_id)
                )
    return found


def from_popularity(popular: Mapping[str, float]) -> Contributions:
    """From what is popular in the whole shop."""
    return {product_id: [Contribution("popular", _POPULAR * share)] for product_id, share in popular.items()}


def from_range(products: Iterable[Product]) -> Contributions:
    """From being in the shop at all, where nothing tells one from another."""
    return {product.id: [Contribution("in_range", _IN_RANGE, name=_what(product))] for product in products}


def from_branch(branch: Mapping[str, float], category: str) -> Contributions:
    """From what is popular in a category that was asked for; what nobody looked at yet is left out."""
    return {
        product_id: [Contribution("popular_in_category", _POPULAR * share, name=category)]
        for product_id, share in branch.items()
        if share > 0
    }


def _what(product: Product) -> str:
    return product.title if product.category == UNCATEGORISED else product.category


def for_similar(
    product: Product, alike: Mapping[str, float], near: Mapping[str, Neighbours]
) -> Contributions:
    """For `similar`: like it by text, looked at by the same customers, on the same shelf."""
    found: Contributions = defaultdict(list)
    for other, similarity in alike.items():
        found[other].append(Contribution("like", _TEXT * similarity, product.id))
    for other, score in near.get(product.id, Neighbours()).viewed.items():
        found[other].append(Contribution("viewed_together", _VIEWED * score, product.id))
    for other, share in near.get(category_key(product.category), Neighbours()).viewed.items():
        found[other].append(Contribution("popular_in_category", _SHELF * share, name=product.category))
    return found


def for_bought_together(
    product: Product, near: Mapping[str, Neighbours], alike: Mapping[str, float]
) -> Contributions:
    """For `bought_together`: its own complements, those of products like it, those of its category.

    Args:
        product: the one in view.
        near: neighbours of it, of its category and of those products like it that are of its category.
        alike: text similarity to it, scaled; empty where its own complements suffice.
    """
    found: Contributions = defaultdict(list)
    for other, score in near.get(product.id, Neighbours()).bought.items():
        found[other].append(Contribution("bought_together", score, product.id))
    for like, similarity in alike.items():
        for other, score in near.get(like, Neighbours()).bought.items():
            found[other].append(Contribution("bought_with_like", _LIKE_BOUGHT * similarity * score, like))
    for other, score in near.get(category_key(product.category), Neighbours()).bought.items():
        found[other].append(
            Contribution("bought_with_category", _CATEGORY_BOUGHT * score, name=product.category)
        )
    return found
