"""Several recommenders as one: what each says of a product, weighed as validation shows. A conditional logit.

The weights are those under which the validation targets are likeliest among the candidates: McFadden,
"Conditional Logit Analysis of Qualitative Choice Behavior" (1974).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from .measure import Score, Scores, without_seen
from .sequences import Cases, History

_CANDIDATES = 100  # best of each part, and every target
_BATCH = 500
_LEAST = 1e-2  # a share of the best score below this says no more
_PENALTY = 1e-4


class Blend:
    """Weighs parts; their scores must not be negative.

    Args:
        parts: by name.
        validation: what the weights are learned from.
    """

    def __init__(self, parts: Mapping[str, Score], validation: Cases) -> None:
        self._parts = dict(parts)
        signals, candidates = _collected(list(parts.values()), validation)
        self._weights = _fitted(signals, candidates)

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places): log odds of being next, up to a constant of each row."""
        found = np.zeros(1, np.float32)
        for at, part in enumerate(self._parts.values()):
            root, log = _signals(part(histories), histories)
            found = found + self._weights[2 * at] * root + self._weights[2 * at + 1] * log
        return found

    @property
    def weights(self) -> dict[str, tuple[float, float]]:
        """Of each part: of the root of its scores, and of their logarithm."""
        pairs = self._weights.reshape(-1, 2).tolist()
        return {name: (root, log) for name, (root, log) in zip(self._parts, pairs, strict=True)}


def _signals(scores: Scores, histories: Sequence[History]) -> tuple[Scores, Scores]:
    """Root and logarithm of each score's share of the row's best unseen one."""
    scores = np.maximum(without_seen(np.array(scores, np.float32), histories), 0)
    share = scores / np.maximum(scores.max(1, keepdims=True), 1e-12)
    return np.sqrt(share), np.log(share + _LEAST)


def _collected(parts: Sequence[Score], cases: Cases) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Signals (cases, candidates, 2 x parts), each case's target first, and which candidates are some."""
    rows, real = [], []
    most = len(parts) * _CANDIDATES + 1
    for start in range(0, len(cases.histories), _BATCH):
        histories = cases.histories[start : start + _BATCH]
        targets = cases.targets[start : start + _BATCH]
        signals = [signal for part in parts for signal in _signals(part(histories), histories)]
        chosen = np.zeros(signals[0].shape, bool)
        for root in signals[::2]:
            top = min(_CANDIDATES, root.shape[1] - 1)
            best = np.argpartition(-root, top - 1, axis=1)[:, :top]
            np.put_along_axis(chosen, best, np.take_along_axis(root, best, 1) > 0, 1)
        each = np.arange(len(histories))
        chosen[each, targets] = False
        places = np.zeros((len(histories), most), np.int64)
        places[:, 0] = targets
        for row in each:
            own = np.flatnonzero(chosen[row])
            places[row, 1 : 1 + len(own)] = own
        rows.append(np.stack([np.take_along_axis(signal, places, 1) for signal in signals], -1))
        real.append(places > 0)
    return np.concatenate(rows), np.concatenate(real)


def _fitted(signals: NDArray[np.float32], real: NDArray[np.bool_]) -> NDArray[np.float32]:
    given, mask = torch.from_numpy(signals), torch.from_numpy(real)
    spread = given[mask].std(0) + 1e-6
    given = given / spread
    weights = torch.zeros(given.shape[-1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")
    first = torch.zeros(len(given), dtype=torch.long)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        odds = (given @ weights).masked_fill(~mask, -1e9)
        found = torch.nn.functional.cross_entropy(odds, first) + _PENALTY * weights.square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    learned: NDArray[np.float32] = (weights.detach() / spread).numpy()
    return learned
