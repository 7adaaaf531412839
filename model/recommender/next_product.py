"""The next product by the Transformer: its probability after a history."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .measure import Scores
from .network import Network
from .sequences import History, padded


class NextProduct:
    """A trained network as a recommender.

    Args:
        network: see network.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._vectors: torch.Tensor | None = None

    def freeze(self) -> None:
        """Keep the products' vectors instead of making them anew: nothing is learned any more."""
        with torch.inference_mode():
            self._vectors = self.network.vectors()

    def scores(self, histories: Sequence[History], places: History | None = None) -> Scores:
        """(histories, places): the probability that it comes next, of all products; of these places only."""
        self.network.eval()
        with torch.inference_mode():
            read = [history[-self.network.settings.longest :] for history in histories]
            products = self.network.vectors() if self._vectors is None else self._vectors
            states = self.network(products[torch.from_numpy(padded(read))])
            last = states[torch.arange(len(read)), torch.tensor([len(history) - 1 for history in read])]
            likely = (last @ products.T + self.network.popularity).softmax(-1)
            found: Scores = (likely if places is None else likely[:, torch.from_numpy(places)]).numpy()
        return found
