"""The next product by a Transformer over the history: SASRec with text and a softmax over all products.

A product's vector is one of its own plus a projection of its text's embedding, so that a product nobody has
touched has one too; the same vectors are read and predicted. Kang and McAuley, "Self-Attentive Sequential
Recommendation" (2018); the loss over all products instead of one sampled: Klenitskiy and Vasilev, "Turning
Dross Into Gold Loss" (2023). In place of positions, a bias on each head's attention
for how many steps ago a product was is learned, as in Raffel et al., "Exploring the Limits of Transfer
Learning" (2020).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .measure import Scores, ndcg, ranks
from .sequences import Cases, History


@dataclass(frozen=True)
class Settings:
    """Of the network and its training."""

    width: int = 128
    layers: int = 2
    heads: int = 2
    longest: int = 50  # products of a history that are read
    dropout: float = 0.4
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    batch: int = 256
    epochs: int = 24  # at most
    patience: int = 3  # epochs without a better one before the end


class Block(nn.Module):
    """Attention and a feed-forward layer, each normalised before and added to what came in."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        width = settings.width
        self.heads = settings.heads
        self.before_attention, self.before_feeding = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.gather = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = states.shape
        split = self.attention(self.before_attention(states)).view(batch, length, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (batch, heads, length, width / heads)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        states = states + self.dropout(self.gather(mixed.transpose(1, 2).reshape(batch, length, width)))
        fed: Tensor = states + self.dropout(self.feed(self.before_feeding(states)))
        return fed


class Network(nn.Module):
    """(batch, length) places, filled up with 0 at the end -> (batch, length, width)."""

    def __init__(self, places: int, texts: Tensor | None, settings: Settings) -> None:
        super().__init__()
        width = settings.width
        self.own = nn.Embedding(places, width)
        nn.init.normal_(self.own.weight, std=0.02)
        self.register_buffer("texts", texts, persistent=False)
        self.project = None if texts is None else nn.Linear(texts.shape[1], width, bias=False)
        # How much each head turns to what is so many steps ago.
        self.steps_ago = nn.Parameter(torch.zeros(settings.heads, settings.longest))
        self.enter = nn.LayerNorm(width)
        self.dropout = nn.Dropout(settings.dropout)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.leave = nn.LayerNorm(width)
        self.popularity = nn.Parameter(torch.zeros(places))

    def products(self) -> Tensor:
        """(places, width): the vector of every product."""
        vectors: Tensor = self.own.weight
        return vectors if self.project is None else vectors + self.project(self.texts)

    def forward(self, histories: Tensor, products: Tensor) -> Tensor:
        at = torch.arange(histories.shape[1])
        ago = at[:, None] - at[None, :]
        bias = self.steps_ago[:, ago.clamp(min=0)].masked_fill(ago < 0, -math.inf)  # (heads, length, length)
        states = self.dropout(self.enter(products[histories]))
        for block in self.blocks:
            states = block(states, bias)
        left: Tensor = self.leave(states)
        return left


class NextProduct:
    """A trained network.

    Args:
        histories: of the training part.
        places: products and place 0.
        texts: (places, size) embeddings of the products' texts, of length 1; None without.
        validation: chooses the epoch.
        seed: of weights, order and dropout.
        say: told of each epoch.
    """

    def __init__(
        self,
        histories: Sequence[History],
        places: int,
        texts: Scores | None,
        validation: Cases,
        *,
        seed: int = 1,
        settings: Settings | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings = settings or Settings()
        torch.manual_seed(seed)
        self._order = np.random.default_rng(seed)
        self._network = Network(places, None if texts is None else torch.from_numpy(texts), self._settings)
        self._train([history for history in histories if len(history) > 1], validation, say)

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places): the probability that it comes next."""
        self._network.eval()
        with torch.inference_mode():
            products = self._network.products()
            read = [history[-self._settings.longest :] for history in histories]
            states = self._network(_padded(read), products)
            last = states[torch.arange(len(read)), torch.tensor([len(history) - 1 for history in read])]
            found: Scores = (last @ products.T + self._network.popularity).softmax(-1).numpy()
        return found

    def _train(self, histories: list[History], validation: Cases, say: Callable[[str], None]) -> None:
        settings, network = self._settings, self._network
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        best, kept, waited, began = -1.0, network.state_dict(), 0, time.monotonic()
        for epoch in range(settings.epochs):
            network.train()
            loss = [self._step(optimizer, some) for some in self._batches(histories)]
            reached = ndcg(ranks(self.scores, validation)).mean
            say(
                f"epoch {epoch + 1} of at most {settings.epochs}: loss {np.mean(loss):.3f}, "
                f"validation NDCG@10 {reached:.4f}, {time.monotonic() - began:.0f} s"
            )
            if reached > best:
                best, waited = reached, 0
                kept = {name: value.clone() for name, value in network.state_dict().items()}
            elif (waited := waited + 1) >= settings.patience:
                break
        network.load_state_dict(kept)

    def _batches(self, histories: list[History]) -> Iterator[list[History]]:
        """In another order each time, histories of like length together."""
        size = self._settings.batch
        order = self._order.permutation(len(histories))
        batches = []
        for start in range(0, len(order), 16 * size):
            some = sorted(order[start : start + 16 * size], key=lambda place: len(histories[place]))
            batches += [some[first : first + size] for first in range(0, len(some), size)]
        for place in self._order.permutation(len(batches)):
            yield [histories[one] for one in batches[place]]

    def _step(self, optimizer: torch.optim.Optimizer, histories: list[History]) -> float:
        longest = self._settings.longest
        read = _padded([history[-longest - 1 : -1] for history in histories])
        following = _padded(
            [history[-longest:] if len(history) > longest else history[1:] for history in histories]
        )
        with torch.autocast("cpu", torch.bfloat16):
            products = self._network.products()
            states = self._network(read, products)[following > 0]
            logits = self._network.dropout(states) @ products.T + self._network.popularity
        loss = functional.cross_entropy(logits.float(), following[following > 0])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        optimizer.step()
        return loss.item()


def _padded(histories: Sequence[History]) -> Tensor:
    longest = max(map(len, histories))
    rows = np.zeros((len(histories), longest), np.int64)
    for row, history in zip(rows, histories, strict=True):
        row[: len(history)] = history
    return torch.from_numpy(rows)
