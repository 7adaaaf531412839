"""The loss of a batch, on completions only; what its prompts have in common is computed once.

Most of a row is the instruction and the examples, which hundreds of rows share. They go through the model
once a batch, as one row; the others attend to their keys and values, and the gradient flows back through
them. It is the same loss as computing each row by itself.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import cross_entropy

from .batches import IGNORED

_WORTH_SHARING = 16  # tokens; for fewer, a pass of their own costs more than it saves


def completion_loss(model: Any, batch: dict[str, Any], *, share: bool, divisor: Any = None) -> torch.Tensor:
    """Mean cross-entropy, in nats, over the completions' tokens.

    Args:
        model: a causal language model of transformers.
        batch: as `batches.collate` makes it. Padding on the right needs no mask: nothing attends to it.
        share: whether to compute a common beginning once.
        divisor: by what to divide the sum instead of by the batch's own count of tokens: with several
            batches to a step, the count of all of them.
    """
    tokens, labels = batch["input_ids"], batch["labels"]
    shared = _shared(tokens, batch["prompts"]) if share else 0
    past = None
    if shared >= _WORTH_SHARING:
        past = model(input_ids=tokens[:1, :shared], use_cache=True, logits_to_keep=1).past_key_values
        past.batch_repeat_interleave(len(tokens))
    else:
        shared = 0
    first = int(batch["prompts"].min())  # the first token that any completion has
    logits = model(
        input_ids=tokens[:, shared:],
        past_key_values=past,
        use_cache=past is not None,
        logits_to_keep=tokens.shape[1] - first + 1,
    ).logits  # (B, L - first + 1, vocabulary), from the token before `first` on
    targets = labels[:, first:]
    total = cross_entropy(
        logits[:, :-1].float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    count: torch.Tensor = divisor if divisor is not None else (targets != IGNORED).sum()
    return total / count


def _shared(tokens: torch.Tensor, prompts: torch.Tensor) -> int:
    """How many tokens all rows begin with; the last of a prompt is left to each, since it predicts."""
    if len(tokens) < 2:
        return 0
    same = (tokens == tokens[:1]).all(dim=0)[: int(prompts.min()) - 1]
    return int(same.long().cumprod(0).sum())
