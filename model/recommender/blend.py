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
_DRAWN = 100  # of all other products, which they stand for
_BATCH = 500
_LEAST = 1e-3  # a share of the best score below this says no more
_PENALTY = 1e-4


class Blend:
    """Weighs parts; their scores must not be negative.

    Args:
        parts: by name.
        validation: what the weights are learned from.
    """

    def __init__(self, parts: Mapping[str, Score], validation: Cases) -> None:
        self._parts = dict(parts)
        self._weights = _fitted(*_collected(list(parts.values()), validation))

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
    """Root of each score, which tells how sure the part is, and logarithm of its share of the row's best."""
    scores = np.maximum(without_seen(np.array(scores, np.float32), histories), 0)
    share = scores / np.maximum(scores.max(1, keepdims=True), 1e-12)
    return np.sqrt(scores), np.log(share + _LEAST)


def _collected(parts: Sequence[Score], cases: Cases) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the weights are learned from: (cases, products, 2 x parts) signals, each case's target first.

    And (cases, products): the logarithm of how many products each stands for, minus infinity for none. Most
    products are none's candidate; some are drawn to stand for them, else nothing would keep the weights from
    putting first what no part speaks for.
    """
    draw = np.random.default_rng(0)
    rows, standing = [], []
    most = len(parts) * _CANDIDATES + 1
    for start in range(0, len(cases.histories), _BATCH):
        histories = cases.histories[start : start + _BATCH]
        targets = cases.targets[start : start + _BATCH]
        signals = [signal for part in parts for signal in _signals(part(histories), histories)]
        each, places = np.arange(len(histories)), signals[0].shape[1]
        chosen = np.zeros((len(histories), places), bool)
        top = min(_CANDIDATES, places - 1)
        for root in signals[::2]:
            best = np.argpartition(-root, top - 1, axis=1)[:, :top]
            np.put_along_axis(chosen, best, True, 1)
        chosen[each, targets] = False
        chosen[:, 0] = False
        shown = np.zeros((len(histories), most + _DRAWN), np.int64)
        stands = np.full(shown.shape, -np.inf, np.float32)
        shown[:, 0] = targets
        stands[:, 0] = 0
        drawn = draw.integers(1, places, (len(histories), _DRAWN))
        shown[:, most:] = drawn
        for row in each:
            own = np.flatnonzero(chosen[row])
            shown[row, 1 : 1 + len(own)] = own
            stands[row, 1 : 1 + len(own)] = 0
            others = ~chosen[row, drawn[row]] & (drawn[row] != targets[row])
            if others.any():
                stands[row, most:][others] = np.log((places - 2 - len(own)) / others.sum())
        rows.append(np.stack([np.take_along_axis(signal, shown, 1) for signal in signals], -1))
        standing.append(stands)
    return np.concatenate(rows), np.concatenate(standing)


def _fitted(signals: NDArray[np.float32], standing: NDArray[np.float32]) -> NDArray[np.float32]:
    given, stands = torch.from_numpy(signals), torch.from_numpy(standing)
    spread = given[stands == 0].std(0) + 1e-6
    given /= spread
    weights = torch.zeros(given.shape[-1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")
    first = torch.zeros(len(given), dtype=torch.long)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        found = torch.nn.functional.cross_entropy(given @ weights + stands, first)
        found = found + _PENALTY * weights.square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    learned: NDArray[np.float32] = (weights.detach() / spread).numpy()
    return learned
