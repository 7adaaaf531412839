"""Products whose texts are like those of the products in a history: works for what nobody has touched yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .measure import Scores
from .sequences import History
from .transitions import recent


class TextLikeness:
    """Cosines.

    Args:
        vectors: (places, size), of length 1 or, where a product has no text, 0: see `centred`.
    """

    def __init__(self, vectors: Scores) -> None:
        self._vectors = vectors

    def scores(self, histories: Sequence[History], places: History | None = None, *, decay: float) -> Scores:
        """(histories, places): likeness to the mean of all products of a history, from 0 to 1.

        Args:
            places: these only; all if left out.
            decay: a product counts so much of the one that came after it.
        """
        means = recent(histories, len(self._vectors), decay) @ self._vectors
        vectors = self._vectors if places is None else self._vectors[places]
        likeness: Scores = np.maximum(_of_length_one(means) @ vectors.T, 0)
        return likeness


def centred(vectors: Scores, middle: Scores) -> Scores:
    """Embeddings less their mean, so that what is special to each counts; of length 1."""
    return _of_length_one(vectors - middle)


def _of_length_one(vectors: Scores) -> Scores:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Scores = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return scaled
