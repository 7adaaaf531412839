"""How each sequence of a batch chooses its next token, on the device that computed the logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import torch
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from . import MIN_P, TOP_K, Sampling

if TYPE_CHECKING:
    from .json_grammar import Grammar, JSONGrammars

# A draw is a multiple of 2^-23 below one: a float32 holds it exactly, and no product with it rounds up.
_DRAW_BITS = 23


@dataclass
class Written:
    """A sequence that is being written: what was asked for it, and how far it is."""

    key: int
    max_tokens: int
    sampling: Sampling
    draws: Random
    grammar: Grammar | None
    count: int = 0


class TokenChoice(ContinuousBatchingLogitsProcessor):  # type: ignore[misc]  # transformers has no types
    """A logits processor that leaves of each row only the token that it chose.

    transformers' own processors know no `min_p`, seeds or grammars. What a row needs is written into fixed
    tensors before the step (`prepare_tensor_args`); the choice itself reads and writes only those, so that a
    CUDA graph can repeat it.

    Attributes:
        sequences: by transformers' id of the request.
    """

    supported_kwargs: dict[str, type] = {}  # noqa: RUF012  (transformers' declaration)
    ignored_kwargs: tuple[str, ...] = ()

    def __init__(self, rows: int, vocabulary: int, grammars: JSONGrammars, device: torch.device) -> None:
        """Tables for up to `rows` sequences in a step, over logits of `vocabulary` tokens."""
        self.sequences: dict[str, Written] = {}
        self._grammars = grammars
        self._rows: list[Written | None] = []
        # The row's temperature, top_p, min_p and draw.
        self._settings = torch.ones(4, rows, device=device)
        # The tokens that a row may choose, a bit each.
        self._masks = torch.full((rows, -(-vocabulary // 32)), -1, dtype=torch.int32)
        self._device_masks = self._masks.to(device, copy=True)
        self._masked: set[int] = set()
        ids = torch.arange(vocabulary, device=device)
        self._word, self._bit = ids // 32, (ids % 32).to(torch.int32)
        self._tokens = torch.zeros(rows, dtype=torch.int64, device=device)
        self._logprobs = torch.zeros(rows, device=device)

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        """Nothing: what transformers hands from `prepare_tensor_args` to the call is not used."""

    def prepare_tensor_args(self, requests_with_new_token: list[Any]) -> torch.Tensor:
        """Before each step: a row for each request that gets a token in it, in order."""
        # Requests that only warm up are not among the sequences.
        self._rows = [self.sequences.get(request.state.request_id) for request in requests_with_new_token]
        settings = [_settings(row) for row in self._rows]
        count = len(settings)
        self._settings[:, :count] = torch.tensor(settings).reshape(count, 4).T.to(self._settings.device)
        self._fill_masks()
        return torch.zeros(count, dtype=torch.int32)

    def _fill_masks(self) -> None:
        matchers = [(row.grammar, at) for at, row in enumerate(self._rows) if row and row.grammar]
        if not matchers and not self._masked:
            return
        touched = max([*self._masked, *(at for _, at in matchers)]) + 1
        self._masks[list(self._masked)] = -1
        if matchers:
            self._grammars.fill(matchers, self._masks.numpy())
        self._masked = {at for _, at in matchers}
        self._device_masks[:touched] = self._masks[:touched].to(self._device_masks.device)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        """Logits to scores, both (rows, vocabulary): one for the chosen token, zero for the others."""
        count = scores.size(0)
        temperature, top_p, min_p, draw = self._settings[:, :count, None]  # each (rows, 1)
        allowed = (self._device_masks[:count, self._word] >> self._bit) & 1  # (rows, vocabulary)
        best, tokens = scores.masked_fill(allowed == 0, -torch.inf).topk(min(TOP_K, scores.size(1)))
        probabilities = (best / temperature).softmax(-1)  # (rows, TOP_K), the largest first
        before = probabilities.cumsum(-1) - probabilities
        kept = (before < top_p) & (probabilities >= min_p * probabilities[:, :1])
        # Laid side by side in the vocabulary's order: by rank, two tokens as likely would change places with
        # the least rounding, and a seed would not repeat.
        tokens, order = tokens.sort(-1)
        cumulative = (probabilities * kept).gather(1, order).cumsum(-1)
        # The first token at which the sum passes the draw's share of the whole.
        passed = (cumulative <= draw * cumulative[:, -1:]).sum(-1, keepdim=True)  # (rows, 1)
        chosen = tokens.gather(1, passed.clamp(max=tokens.size(1) - 1))
        self._tokens[:count] = chosen[:, 0]
        self._logprobs[:count] = scores.log_softmax(-1).gather(1, chosen)[:, 0]
        return torch.zeros_like(scores).scatter_(1, chosen, 1.0)

    def chosen(self) -> Iterator[tuple[Written, int, float]]:
        """After each step: the sequences that got a token, it, and the model's log probability of it."""
        count = len(self._rows)
        tokens, logprobs = self._tokens[:count].tolist(), self._logprobs[:count].tolist()
        for row, token, logprob in zip(self._rows, tokens, logprobs, strict=True):
            if row is not None:
                yield row, token, logprob


def _settings(row: Written | None) -> tuple[float, float, float, float]:
    """Temperature, top_p, min_p and draw. Greedy is a min_p of 1: nothing is kept but the likeliest."""
    if row is None or row.sampling.temperature <= 0:
        return 1.0, 1.0, 1.0, 0.0
    draw = row.draws.getrandbits(_DRAW_BITS) / 2**_DRAW_BITS
    return row.sampling.temperature, row.sampling.top_p, MIN_P, draw
