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
        self._kept: tuple[torch.Tensor, torch.Tensor] | None = None

    def freeze(self) -> None:
        """Keep the products' vectors instead of making them anew: nothing is learned any more."""
        with torch.inference_mode():
            self._kept = self._frozen()

    def _frozen(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self._kept or (self.network.vectors(), self.network.popularity.detach())

    def extended(self, texts: Scores, popularity: float) -> NextProduct:
        """A frozen one with products at the end of which only the text is known.

        Args:
            texts: (new products, size), of length 1.
            popularity: what the network's bias for them shall be.
        """
        found = NextProduct(self.network)
        with torch.inference_mode():
            vectors, biases = self._frozen()
            assert self.network.project is not None
            new = self.network.project(torch.from_numpy(texts))
            rare = torch.full((len(texts),), popularity)
            found._kept = torch.cat([vectors, new]), torch.cat([biases, rare])
        return found

    def scores(self, histories: Sequence[History], places: History | None = None) -> Scores:
        """(histories, places): the probability that it comes next, of all products; of these places only."""
        self.network.eval()
        with torch.inference_mode():
            read = [history[-self.network.settings.longest :] for history in histories]
            products, popularity = self._kept or (self.network.vectors(), self.network.popularity)
            states = self.network(products[torch.from_numpy(padded(read))])
            last = states[torch.arange(len(read)), torch.tensor([len(history) - 1 for history in read])]
            likely = (last @ products.T + popularity).softmax(-1)
            found: Scores = (likely if places is None else likely[:, torch.from_numpy(places)]).numpy()
        return found
