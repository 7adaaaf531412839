"""A sentence encoder as its files describe it: tokenizer, transformer, and how tokens become one vector.

Read through transformers, from a folder or by a name on the Hugging Face hub.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer

_LONGEST = 512  # tokens, where the model's files do not say


@dataclass(frozen=True)
class Reading:
    """How texts become tokens. `longest` counts the special tokens too; `padding` is an id."""

    tokenizer: Tokenizer
    longest: int
    padding: int


class SentenceEncoder(torch.nn.Module):
    """Token ids in, unit vectors out.

    Pools as the model's own `1_Pooling/config.json` says (mean where there is none).
    """

    def __init__(self, source: str, dtype: torch.dtype) -> None:
        """Raises OSError if the weights are absent, ValueError on unknown pooling."""
        import transformers

        super().__init__()
        transformers.utils.logging.disable_progress_bar()
        self.pooling = _pooling(_settings(source, "1_Pooling/config.json"))
        self.transformer = transformers.AutoModel.from_pretrained(source, dtype=dtype).eval()
        # Of a decoder only the last layer's output is wanted.
        self.transformer.config.use_cache = False
        self.dimensions = int(self.transformer.config.get_text_config().hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Both (texts, tokens), padded on the right; gives (texts, dimensions) in float32."""
        output = self.transformer(input_ids=input_ids, attention_mask=attention_mask)
        hidden = output.last_hidden_state.float()  # (texts, tokens, dimensions)
        if self.pooling == "cls":
            pooled = hidden[:, 0]
        elif self.pooling == "last":
            last = (attention_mask.sum(1) - 1).view(-1, 1, 1).expand(-1, 1, hidden.shape[-1])
            pooled = hidden.gather(1, last).squeeze(1)
        else:
            weights = attention_mask.unsqueeze(-1).float()
            pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
        return torch.nn.functional.normalize(pooled, dim=-1)


def reading(source: str) -> Reading:
    """How the model at `source` reads. Raises ValueError if its tokenizer is code of its own."""
    import transformers

    wrapped = transformers.AutoTokenizer.from_pretrained(source)
    tokenizer = getattr(wrapped, "backend_tokenizer", None)
    if not isinstance(tokenizer, Tokenizer):
        raise ValueError("its tokenizer is not one that the tokenizers library runs")
    longest = _settings(source, "sentence_bert_config.json").get("max_seq_length")
    longest = int(longest or min(wrapped.model_max_length, _LONGEST))
    return Reading(tokenizer, longest, int(wrapped.pad_token_id or 0))


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
