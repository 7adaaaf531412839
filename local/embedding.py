"""The embedding model that EMBEDDING_ID names, in this process, for who measures or trains on its vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_AT_ONCE = 256


class LocalEmbeddings:
    """Vectors of length 1, as (texts, width) in float32."""

    def __init__(self) -> None:
        from model.loading import load_embeddings
        from model.registry import default_embedding

        self.model = default_embedding()
        self._engine = load_embeddings(self.model)

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        """Of texts that search."""
        return self._embedded(self.model.query_prefix, texts)

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Of texts that are searched."""
        return self._embedded(self.model.passage_prefix, texts)

    def _embedded(self, prefix: str, texts: Sequence[str]) -> np.ndarray:
        parts = [
            self._engine.embed([prefix + text for text in texts[start : start + _AT_ONCE]]).rows
            for start in range(0, len(texts), _AT_ONCE)
        ]
        return np.concatenate([np.array(part, np.float32) for part in parts])
