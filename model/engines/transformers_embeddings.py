"""Sentence encoders that transformers loads: a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from . import Embeddings

_BATCH = 32
_LONGEST = 512  # tokens, where the model's files do not say


class TransformersEmbeddings:
    """Implements engines.EmbeddingEngine.

    Pools as the model's own `1_Pooling/config.json` says (mean where there is none). Texts longer than the
    model reads are cut there.
    """

    concurrency = 1

    def __init__(self, source: str) -> None:
        """Loads weights and tokenizer. Raises OSError if absent, ValueError on unknown pooling."""
        import transformers

        from .device import best_device, best_dtype

        transformers.utils.logging.disable_progress_bar()
        self._device = best_device()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        model = transformers.AutoModel.from_pretrained(source, dtype=best_dtype(self._device))
        self._model = model.to(self._device).eval()
        self.dimensions = int(model.config.get_text_config().hidden_size)
        self._pooling = _pooling(_settings(source, "1_Pooling/config.json"))
        longest = _settings(source, "sentence_bert_config.json").get("max_seq_length")
        self._longest = int(longest or min(self._tokenizer.model_max_length, _LONGEST))
        # A tokenizer is set to the batch's length while it works.
        self._alone = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """See engines.EmbeddingEngine."""
        vectors: list[list[float]] = [[] for _ in texts]
        tokens = 0
        # Of like length together, so that little is padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            with self._alone:
                rows, read = self._batch([texts[i] for i in places])
            tokens += read
            for i, row in zip(places, rows, strict=True):
                vectors[i] = row
        return Embeddings(vectors, tokens)

    def _batch(self, texts: list[str]) -> tuple[list[list[float]], int]:
        import torch

        inputs = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            hidden = self._model(**inputs).last_hidden_state.float()  # (texts, tokens, dimensions)
            mask = inputs["attention_mask"]  # (texts, tokens)
            if self._pooling == "cls":
                pooled = hidden[:, 0]
            elif self._pooling == "last":
                last = mask.shape[1] - 1 - mask.flip(1).argmax(1)
                pooled = hidden[torch.arange(len(texts), device=self._device), last]
            else:
                weights = mask.unsqueeze(-1).float()
                pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
            unit = torch.nn.functional.normalize(pooled, dim=-1)  # (texts, dimensions)
        return unit.cpu().tolist(), int(mask.sum())


def _settings(source: str, name: str) -> dict[str, Any]:
    """A JSON file beside the weights, {} where the model has none."""
    from transformers.utils import cached_file

    path = cached_file(source, name, _raise_exceptions_for_missing_entries=False)
    if path is None:
        return {}
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  (transformers gives a str)
        loaded: dict[str, Any] = json.load(file)
    return loaded


def _pooling(settings: dict[str, Any]) -> str:
    modes = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
        "pooling_mode_lasttoken": "last",
    }
    asked = {key for key, value in settings.items() if key.startswith("pooling_mode_") and value is True}
    if not asked:
        return "mean"
    if len(asked) > 1 or not asked <= modes.keys():
        raise ValueError(f"it pools by {', '.join(sorted(asked))}, which is not supported")
    return modes[asked.pop()]
