"""Products' texts as vectors, by the embedding model that the model server would use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..loading import load_embeddings
from ..registry import default_embedding
from .learning import Say
from .measure import Scores
from .parts import Texts
from .text_likeness import centred

_BATCH = 512  # texts embedded in one call


def embedded(texts: Sequence[str], say: Say) -> Texts:
    """Vectors of texts by place; of a place without text 0.

    Raises registry.NotConfigured or loading's errors if the embedding model cannot be had.
    """
    model = default_embedding()
    engine = load_embeddings(model)
    found = np.zeros((len(texts), engine.dimensions), np.float32)
    for start in range(0, len(texts), _BATCH):
        some = [model.passage_prefix + text for text in texts[start : start + _BATCH]]
        found[start : start + len(some)] = engine.embed(some).rows
        say(f"{start + len(some)} of {len(texts)} texts embedded by {model.id}")
    has_text = np.array([bool(text) for text in texts])
    middle: Scores = found[has_text].mean(0)
    return Texts(model.id, middle, centred(found, middle) * has_text[:, None])
