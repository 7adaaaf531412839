"""Texts about one matter put together; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import mul

from .products import Language
from .retrieval import terms

# Of two texts by their numbers, at most 1.
Similarity = Callable[[int, int], float]


def by_meaning(vectors: Sequence[Sequence[float]], languages: Sequence[Language]) -> Similarity:
    """Cosine similarity about each language's mean: what all its texts have in common tells nothing of them.

    Without that, texts of one language are more alike than those that say the same in two.
    """
    centred: list[list[float]] = [[] for _ in vectors]
    for language in set(languages):
        own = [at for at, spoken in enumerate(languages) if spoken == language]
        mean = [sum(column) / len(own) for column in zip(*(vectors[at] for at in own), strict=True)]
        for at in own:
            moved = [value - common for value, common in zip(vectors[at], mean, strict=True)]
            length = math.sqrt(sum(map(mul, moved, moved))) or 1.0
            centred[at] = [value / length for value in moved]
    return lambda one, other: sum(map(mul, centred[one], centred[other]))


def by_words(texts: Sequence[str]) -> Similarity:
    """The share of their words that two texts have in common."""
    words = [set(terms(text)) for text in texts]
    return lambda one, other: len(words[one] & words[other]) / max(1, len(words[one] | words[other]))


def grouped(count: int, alike: Similarity, threshold: float) -> list[list[int]]:
    """Groups whose members are alike on average. Each text joins the group it is most like, or begins one;
    then groups that are alike are joined.

    Args:
        count: how many texts there are; they are told by number, from 0.
        alike: how alike two are.
        threshold: the mean similarity from which texts are of one group.
    """

    def mean(ones: Sequence[int], others: Sequence[int]) -> float:
        return sum(alike(one, other) for one in ones for other in others) / len(ones) / len(others)

    groups: list[list[int]] = []
    for at in range(count):
        _join([at], groups, mean, threshold)
    joined: list[list[int]] = []
    for group in sorted(groups, key=len, reverse=True):
        _join(group, joined, mean, threshold)
    return joined


def _join(
    group: list[int],
    groups: list[list[int]],
    mean: Callable[[Sequence[int], Sequence[int]], float],
    threshold: float,
) -> None:
    scores = [mean(group, other) for other in groups]
    if scores and max(scores) >= threshold:
        groups[scores.index(max(scores))].extend(group)
    else:
        groups.append(group)
