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

    def to_latest(self, histories: Sequence[History]) -> Scores:
        """(histories, places): likeness to the history's last product, from 0 to 1."""
        latest = self._vectors[np.array([history[-1] for history in histories])]
        likeness: Scores = np.maximum(latest @ self._vectors.T, 0)
        return likeness

    def to_all(self, histories: Sequence[History], *, decay: float) -> Scores:
        """The same to the mean of all; a product counts `decay` of the one that came after it."""
        means = recent(histories, len(self._vectors), decay) @ self._vectors
        likeness: Scores = np.maximum(_of_length_one(means) @ self._vectors.T, 0)
        return likeness


def centred(vectors: Scores, texts: Sequence[str]) -> Scores:
    """Embeddings less their mean, so that what is special to each counts; of length 1, or 0 without text."""
    has_text = np.array([bool(text) for text in texts])
    moved = vectors - vectors[has_text].mean(0)
    moved[~has_text] = 0
    return _of_length_one(moved)


def _of_length_one(vectors: Scores) -> Scores:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Scores = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return scaled
