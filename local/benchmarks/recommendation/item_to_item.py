"""The peer to beat: EASE and near transitions, added. Statistics alone: no texts, no network.

EASE: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019): the item-to-item matrix without a
diagonal that best rebuilds every history from itself, in closed form. Near transitions: pairs up to five
steps apart count 1 / steps forward and 0.7 / steps backward, divided as a cosine. Each is divided by the mean
of its rows' best; EASE counts half. A history's products count 0.7 less with each step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg
import scipy.sparse as sparse

from model.recommender.measure import Scores
from model.recommender.sequences import History
from model.recommender.transitions import recent

_REACH = 5
_BACKWARD = 0.7
_REGULARISATION = 100.0
_EASE_SHARE = 0.5
_DECAY = 0.7


class ItemToItem:
    """Keeps a dense matrix of 4 bytes x places squared.

    Args:
        histories: to learn from.
        places: products and place 0.
    """

    def __init__(self, histories: Sequence[History], places: int) -> None:
        weights = _ease(histories, places)
        near = near_transitions(histories, places)
        weights *= _EASE_SHARE / _mean_of_best(np.abs(weights).max(1))
        weights += (near / _mean_of_best(near.max(1).toarray().ravel())).toarray()
        self._weights = weights

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places)."""
        found: Scores = np.asarray(recent(histories, len(self._weights), _DECAY) @ self._weights)
        return found


def near_transitions(histories: Sequence[History], places: int) -> sparse.csr_array:
    """(places, places): what follows what within a few steps, as cosines."""
    whole = np.concatenate(histories)
    owner = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    counts = np.maximum(np.bincount(whole, minlength=places), 1).astype(np.float32)
    first, second, weight = [], [], []
    for steps in range(1, _REACH + 1):
        same = owner[steps:] == owner[:-steps]
        before, after = whole[:-steps][same], whole[steps:][same]
        first += [before, after]
        second += [after, before]
        weight += [np.full(len(before), 1 / steps), np.full(len(before), _BACKWARD / steps)]
    rows, columns = np.concatenate(first), np.concatenate(second)
    cosines = np.concatenate(weight) / np.sqrt(counts[rows] * counts[columns])
    return sparse.csr_array((cosines.astype(np.float32), (rows, columns)), shape=(places, places))


def _ease(histories: Sequence[History], places: int) -> Scores:
    owner = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    whole = np.concatenate(histories)
    held = sparse.csr_array((np.ones(len(whole), np.float32), (owner, whole)), shape=(len(histories), places))
    gram = (held.T @ held).toarray()
    gram[np.diag_indices(places)] += _REGULARISATION
    inverse = scipy.linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights: Scores = (inverse / -np.diag(inverse)).astype(np.float32, copy=False)
    weights[np.diag_indices(places)] = 0
    return weights


def _mean_of_best(best: np.ndarray) -> float:
    return float(best.mean()) or 1.0
