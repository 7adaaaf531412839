"""Training of the network on histories: every product is predicted from those before it.

The softmax is over the products that a batch wants and some others, drawn anew, which stand for all the rest:
each drawn one counts for its share of them, so that the sum below the fraction is right on average and the
cost does not grow with the catalogue. Bengio and Senécal, "Adaptive Importance Sampling to Accelerate
Training of a Neural Probabilistic Language Model" (2008), with a uniform draw; that a softmax over many
products beats one sampled product: Klenitskiy and Vasilev, "Turning Dross Into Gold Loss" (2023).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..engines.device import best_dtype
from .measure import Scores, ndcg, ranks
from .network import Network, Settings
from .next_product import NextProduct
from .popularity import Popularity, counted
from .sequences import Cases, History, padded

_JUDGED = 10_000  # cases that choose the epoch, at most
Say = Callable[[str], None]


class Learning:
    """Trains a network; goes on from its checkpoint where there is one.

    Args:
        histories: to learn from.
        places: products and place 0.
        texts: (places, size) embeddings of the products' texts, of length 1; None without.
        seed: of weights, order, draws and dropout.
        checkpoint: a file, written after each epoch; None for none.
        say: told of each epoch.
    """

    def __init__(
        self,
        histories: Sequence[History],
        places: int,
        texts: Scores | None,
        *,
        seed: int = 1,
        settings: Settings | None = None,
        checkpoint: Path | None = None,
        say: Say = lambda _: None,
    ) -> None:
        self._settings = settings or Settings()
        self._places = places
        counts = self._take(histories)
        torch.manual_seed(seed)
        self._order = np.random.default_rng(seed)
        self._network = Network(
            counts > 0, None if texts is None else torch.from_numpy(texts), self._settings
        )
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(),
            lr=self._settings.learning_rate,
            weight_decay=self._settings.weight_decay,
        )
        self._bfloat16 = best_dtype(torch.device("cpu")) is torch.bfloat16
        self._checkpoint, self._say = checkpoint, say

    def until_best(self, validation: Cases) -> NextProduct:
        """As it was after the epoch with the best NDCG@10 on the validation products."""
        settings, network = self._settings, self._network
        cases = validation.some(_JUDGED)
        found = NextProduct(network)
        at = self._resumed() or {"epoch": 0, "best": -1.0, "waited": 0, "kept": _copy(network)}
        began, first = time.monotonic(), at["epoch"]
        while at["epoch"] < settings.epochs and at["waited"] < settings.patience:
            loss = self._epoch()
            at["epoch"] += 1
            reached = ndcg(ranks(found.scores, cases)).mean
            if reached > at["best"]:
                at.update(best=reached, waited=0, kept=_copy(network))
            else:
                at["waited"] += 1
            each = (time.monotonic() - began) / (at["epoch"] - first)
            self._say(
                f"epoch {at['epoch']} of at most {settings.epochs}: loss {loss:.3f}, validation NDCG@10 "
                f"{reached:.4f}; at most {each * (settings.epochs - at['epoch']) / 60:.0f} min left"
            )
            self._keep(at)
        network.load_state_dict(at["kept"])
        return found

    def more(self, histories: Sequence[History], epochs: int) -> NextProduct:
        """Some more epochs, on histories that have grown."""
        self._take(histories)
        for epoch in range(epochs):
            self._say(f"epoch {epoch + 1} of {epochs} on longer histories: loss {self._epoch():.3f}")
        return NextProduct(self._network)

    def _take(self, histories: Sequence[History]) -> Scores:
        counts = counted(histories, self._places)
        self._histories = [history for history in histories if len(history) > 1]
        self._touched = np.flatnonzero(counts)
        self._untouched = torch.from_numpy(np.flatnonzero(counts == 0))
        self._rare = torch.from_numpy(Popularity(counts).rarest())
        return counts

    def _epoch(self) -> float:
        self._network.train()
        loss = float(np.mean([self._step(some) for some in self._batches()]))
        if len(self._untouched):
            # No batch wants them, so nothing taught them how rare they are: as rare as the rarest.
            with torch.no_grad():
                self._network.popularity[self._untouched] = self._network.popularity[self._rare].mean()
        return loss

    def _batches(self) -> Iterator[list[History]]:
        """In another order each time, histories of like length together."""
        size = self._settings.batch
        order = self._order.permutation(len(self._histories))
        batches = []
        for start in range(0, len(order), 16 * size):
            some = sorted(order[start : start + 16 * size], key=lambda place: len(self._histories[place]))
            batches += [some[first : first + size] for first in range(0, len(some), size)]
        for place in self._order.permutation(len(batches)):
            yield [self._histories[one] for one in batches[place]]

    def _step(self, histories: list[History]) -> float:
        network, longest = self._network, self._settings.longest
        latest = [history[-longest - 1 :] for history in histories]
        read, at = np.unique(padded([history[:-1] for history in latest]), return_inverse=True)
        following = padded([history[1:] for history in latest])
        there = torch.from_numpy(following > 0)
        wanted, target = np.unique(following[following > 0], return_inverse=True)
        drawn, stands = self._drawn(wanted)
        # Where the processor does not multiply bfloat16 it is made up in software, at a tenth of the speed.
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            vectors = network.vectors(torch.from_numpy(read))[torch.from_numpy(at.reshape(following.shape))]
            states = network(vectors)[there]
            shown = torch.from_numpy(np.concatenate([wanted, drawn]))
            logits = network.dropout(states) @ network.vectors(shown).T + network.popularity[shown]
        loss = functional.cross_entropy(logits.float() + stands, torch.from_numpy(target))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        self._optimizer.step()
        return loss.item()

    def _drawn(self, wanted: History) -> tuple[History, Tensor]:
        """Some of the products that are not wanted, and the logarithm of how many each of all stands for."""
        others = np.setdiff1d(self._touched, wanted, assume_unique=True)
        drawn = others
        if len(others) > self._settings.drawn:
            drawn = others[self._order.integers(len(others), size=self._settings.drawn)]
        stands = torch.zeros(len(wanted) + len(drawn))
        if len(drawn):
            stands[len(wanted) :] = float(np.log(len(others) / len(drawn)))
        return drawn, stands

    def _resumed(self) -> dict[str, Any] | None:
        if self._checkpoint is None or not self._checkpoint.exists():
            return None
        kept: dict[str, Any] = torch.load(self._checkpoint, weights_only=True)
        self._network.load_state_dict(kept["network"])
        self._optimizer.load_state_dict(kept["optimizer"])
        torch.set_rng_state(kept["dropout"])
        self._order.bit_generator.state = kept["order"]
        at: dict[str, Any] = kept["at"]
        self._say(f"going on after epoch {at['epoch']}")
        return at

    def _keep(self, at: dict[str, Any]) -> None:
        if self._checkpoint is None:
            return
        state = {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "dropout": torch.get_rng_state(),
            "order": self._order.bit_generator.state,
            "at": at,
        }
        half_written = self._checkpoint.with_suffix(".new")
        torch.save(state, half_written)
        half_written.replace(self._checkpoint)


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
