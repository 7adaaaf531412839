"""Sentence encoders in PyTorch, for a GPU: a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import Rows
from .encoding import Encoding

if TYPE_CHECKING:
    import torch

# Enough to keep a GPU busy; a processor wants its caches to hold what it works on.
_MOST_TOKENS_GPU, _MOST_TOKENS = 16_384, 1_024


class TransformersEmbeddings:
    """Implements engines.EmbeddingEngine. Texts longer than the model reads are cut there."""

    concurrency = 1

    def __init__(self, source: str, dtype: torch.dtype | None = None) -> None:
        """Loads weights and tokenizer, in the numbers that suit the device unless told in which.

        Raises OSError if they are absent, ValueError on unknown pooling.
        """
        from ..weights.sentence_encoder import SentenceEncoder, reading
        from .device import best_device, best_dtype

        self._device = best_device()
        self._model = SentenceEncoder(source, dtype or best_dtype(self._device)).to(self._device)
        self.dimensions = self._model.dimensions
        self._most_tokens = _MOST_TOKENS if self._device.type == "cpu" else _MOST_TOKENS_GPU
        read = reading(source)
        self._encoding = Encoding(read.tokenizer, longest=read.longest, padding=read.padding)

    def embed(self, texts: Sequence[str]) -> Rows:
        """See engines.EmbeddingEngine. Raises MemoryError where the GPU's does not suffice."""
        import torch

        rows = self._encoding.tokens(texts)
        vectors: list[list[float]] = [[] for _ in rows]
        try:
            with torch.inference_mode():
                # All is queued on the GPU before the first vectors are waited for.
                made = [
                    (
                        places,
                        self._model(
                            torch.from_numpy(ids).to(self._device), torch.from_numpy(mask).to(self._device)
                        ),
                    )
                    for places, ids, mask in self._encoding.batches(rows, self._most_tokens)
                ]
                for places, unit in made:
                    for place, vector in zip(places, unit.tolist(), strict=True):
                        vectors[place] = vector
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            raise MemoryError(f"the GPU has no memory for {len(rows)} texts") from None
        return Rows(vectors, [len(row) for row in rows])
