"""The Transformer over a history: SASRec with text.

A product's vector is one of its own plus a projection of its text's embedding, so that a product nobody has
touched has one too; the same vectors are read and predicted. Kang and McAuley, "Self-Attentive Sequential
Recommendation" (2018). In place of positions, a bias on each head's attention for how many steps ago a
product was is learned, as in Raffel et al., "Exploring the Limits of Transfer Learning" (2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


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
    batch: int = 256  # histories
    drawn: int = 2048  # products that stand for all others in a batch's softmax
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
    """Histories to states, whose product with the products' vectors tells which comes next.

    Args:
        touched: (places,) whether a product stands in the histories learned from. One that does not has no
            vector of its own.
        texts: (places, size) embeddings of the products' texts; None without.
        settings: width, layers, heads, longest, dropout.
    """

    def __init__(self, touched: NDArray[np.bool_], texts: Tensor | None, settings: Settings) -> None:
        super().__init__()
        places, width = len(touched), settings.width
        self.settings = settings
        self.own = nn.Embedding(places, width)
        nn.init.normal_(self.own.weight, std=0.02)
        with torch.no_grad():
            self.own.weight[torch.from_numpy(~touched)] = 0
        self.texts = texts
        self.project = None if texts is None else nn.Linear(texts.shape[1], width, bias=False)
        # How much each head turns to what is so many steps ago.
        self.steps_ago = nn.Parameter(torch.zeros(settings.heads, settings.longest))
        self.enter = nn.LayerNorm(width)
        self.dropout = nn.Dropout(settings.dropout)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.leave = nn.LayerNorm(width)
        self.popularity = nn.Parameter(torch.zeros(places))

    def vectors(self, places: Tensor | slice = slice(None)) -> Tensor:
        """(those places, width): the vector of each."""
        vectors: Tensor = self.own.weight[places]
        if self.project is None or self.texts is None:
            return vectors
        with_texts: Tensor = vectors + self.project(self.texts[places])
        return with_texts

    def forward(self, products: Tensor) -> Tensor:
        """(batch, length, width) vectors of products, oldest first -> states of the same shape."""
        at = torch.arange(products.shape[1])
        ago = at[:, None] - at[None, :]
        bias = self.steps_ago[:, ago.clamp(min=0)].masked_fill(ago < 0, -math.inf)  # (heads, length, length)
        states = self.dropout(self.enter(products))
        for block in self.blocks:
            states = block(states, bias)
        left: Tensor = self.leave(states)
        return left
