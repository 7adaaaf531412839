"""Lists that do not show the same thing again and again: maximal marginal relevance. Pure.

Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
Summaries" (1998): each next place goes to what is good and unlike what stands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .products import UNCATEGORISED, Product

_SAME_CATEGORY, _SAME_BRAND = 0.6, 0.3


def diversified(
    scores: Mapping[str, float], likeness: Callable[[str, str], float], limit: int, diversity: float
) -> list[str]:
    """At most `limit` product ids, best first, with more or less of a mixture.

    Each place goes to the product with the greatest (1 - diversity) x score - diversity x likeness, where the
    scores are stretched to 0 (the worst of those given) ... 1 (the best), and the likeness is that to the
    product most like it among those placed before. Equal ones go by score, then as given.
    Takes limit x len(scores) likenesses: give some dozens of candidates, not the catalogue.

    Args:
        scores: of the candidates, on any scale; higher is better.
        likeness: of two of them, from 0 (nothing in common) to 1 (the same); see `likeness_by_shelf`.
        limit: how many at most.
        diversity: 0 ranks by the scores alone; 1 looks at them for the first place only.

    Raises:
        ValueError: if `diversity` is not from 0 to 1.
    """
    if not 0 <= diversity <= 1:
        raise ValueError("diversity must be from 0 to 1")
    order = sorted(scores, key=lambda key: -scores[key])
    if diversity == 0 or not order:
        return order[:limit]
    best, worst = scores[order[0]], scores[order[-1]]
    span = best - worst
    share = {key: (scores[key] - worst) / span if span else 1.0 for key in order}
    chosen: list[str] = []
    nearest = dict.fromkeys(order, 0.0)
    while nearest and len(chosen) < limit:
        if chosen:
            key = max(nearest, key=lambda each: (1 - diversity) * share[each] - diversity * nearest[each])
        else:
            key = order[0]
        chosen.append(key)
        del nearest[key]
        for other, before in nearest.items():
            nearest[other] = max(before, likeness(key, other))
    return chosen


def likeness_by_shelf(one: Product, other: Product) -> float:
    """How alike two products are by what the catalogue says: variants, category, brand; 0 to 1."""
    if one.item_group_id is not None and one.item_group_id == other.item_group_id:
        return 1.0
    found = 0.0
    if one.category == other.category != UNCATEGORISED:
        found += _SAME_CATEGORY
    if one.brand is not None and one.brand == other.brand:
        found += _SAME_BRAND
    return found
