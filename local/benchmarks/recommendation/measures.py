"""What is computed from lists of products, best first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from math import ceil, log2, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K", bound=Hashable)
Interval = tuple[float, float, float]
"""A mean and its 95 % interval."""


def found(shown: Sequence[K], wanted: Collection[K], top: int = 10) -> tuple[float, float, float]:
    """Hit rate, recall and NDCG of one list, where several products are right and all equally so.

    Hit: 1 if any of the first `top` is wanted. Recall: the share of the wanted among them. NDCG: the sum of
    1 / log2(place + 1) of each hit, over the sum that the best possible list would have.

    Args:
        shown: no product twice.
        wanted: at least one, no product twice.
    """
    gains = [1 / log2(place + 2) for place, key in enumerate(shown[:top]) if key in wanted]
    best = sum(1 / log2(place + 2) for place in range(min(top, len(wanted))))
    return float(bool(gains)), len(gains) / len(wanted), sum(gains) / best


def interval(values: Sequence[float]) -> Interval:
    """Mean and 95 % interval of independent values (normal approximation); the mean alone of one."""
    if not values:
        raise ValueError("the mean of nothing")
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, mean, mean
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    error = 1.96 * sqrt(variance / len(values))
    return mean, mean - error, mean + error


def bestsellers(counts: Mapping[K, float], number: int) -> set[K]:
    """The `number` with the highest counts; equal ones in the order of their ids."""
    return set(sorted(counts, key=lambda key: (-counts[key], str(key)))[:number])


def top_share(counts: Mapping[K, float], share: float) -> int:
    """How many products the given share of all is, at least one."""
    return max(1, ceil(share * len(counts)))


def share_of(lists: Iterable[Sequence[K]], kind: Collection[K]) -> float:
    """Of all places in all lists, the share taken by products of a kind; 0 where there are no places."""
    places = [key in kind for shown in lists for key in shown]
    return sum(places) / len(places) if places else 0.0


def copies(query: K, shown: Sequence[K], names: Mapping[K, Hashable | None]) -> int:
    """How many places of a list are taken by copies: of the query, or of what stands above them.

    Args:
        names: what copies have in common; None where a product has nothing that could be.
    """
    seen = {names.get(query)}
    count = 0
    for key in shown:
        name = names.get(key)
        count += name is not None and name in seen
        seen.add(name)
    return count


def coverage(lists: Iterable[Sequence[K]], catalogue: int) -> float:
    """The share of the catalogue that is shown to anybody."""
    return len({key for shown in lists for key in shown}) / catalogue


def novelty(lists: Iterable[Sequence[K]], counts: Mapping[K, float], total: float) -> float:
    """Mean over all places of -log2 of the product's share of all events, in bits; a product nobody touched
    counts as one touched once."""
    bits = [-log2(max(counts.get(key, 0.0), 1.0) / total) for shown in lists for key in shown]
    return sum(bits) / len(bits)


def unlikeness(shown: NDArray[np.int64], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each list 1 - the mean cosine of its pairs.

    Args:
        shown: (lists, length) rows of `vectors`, length at least 2.
        vectors: of length 1.
    """
    each = vectors[shown].astype(np.float64)  # (lists, length, size)
    length = shown.shape[1]
    sums = each.sum(1)
    own = np.einsum("lks,lks->l", each, each)
    pairs = (np.einsum("ls,ls->l", sums, sums) - own) / (length * (length - 1))
    return 1 - pairs


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Of the line through the logarithms: 1 if the value grows as the size does, 2 if as its square."""
    x, y = [log2(size) for size in sizes], [log2(value) for value in values]
    middle = sum(x) / len(x)
    return sum((a - middle) * b for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)
