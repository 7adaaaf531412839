"""What is learned from histories, each part recommending alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from .measure import Part, Scores
from .next_product import NextProduct
from .popularity import Popularity, counted
from .sequences import History
from .text_likeness import TextLikeness, centred
from .transitions import Transitions, near

_DECAY = 0.6  # a product of a history counts so much of the one that came after it


@dataclass(frozen=True)
class Texts:
    """The products' text vectors (places, size), centred and of length 1; `middle` was taken off each.

    `model` is the id of the embedding model.
    """

    model: str
    middle: NDArray[np.float32]
    vectors: Scores


@dataclass(frozen=True)
class Parts:
    """See the modules of these names."""

    popularity: Popularity
    transitions: Transitions
    texts: Texts | None
    network: NextProduct

    @classmethod
    def of(
        cls, histories: Sequence[History], places: int, texts: Texts | None, network: NextProduct
    ) -> Parts:
        """All of them, the statistics counted in the histories that the network learned from."""
        popularity = Popularity(counted(histories, places))
        return cls(popularity, Transitions(near(histories, places)), texts, network)

    def scores(self) -> dict[str, Part]:
        """By name, in the order in which the reranker knows them."""
        found: dict[str, Part] = {
            "popularity": self.popularity.scores,
            "transitions": partial(self.transitions.scores, decay=_DECAY),
            "transitions, two steps": partial(self.transitions.two_steps, decay=_DECAY),
        }
        if self.texts:
            found["text"] = partial(TextLikeness(self.texts.vectors).scores, decay=_DECAY)
        return {**found, "Transformer": self.network.scores}

    def extended(self, texts: Texts, embeddings: NDArray[np.float32]) -> Parts:
        """The same with products at the end of which only the text is known.

        Args:
            texts: of the products so far.
            embeddings: (new products, size), as the embedding model gives them.
        """
        new = centred(embeddings, texts.middle)
        counts = np.concatenate([self.popularity.counts, np.zeros(len(new), np.float32)])
        rarest = self.network.network.popularity[torch.from_numpy(self.popularity.rarest())].detach()
        return Parts(
            Popularity(counts),
            self.transitions.extended(len(new)),
            Texts(texts.model, texts.middle, np.concatenate([texts.vectors, new])),
            self.network.extended(new, float(rarest.mean())),
        )
