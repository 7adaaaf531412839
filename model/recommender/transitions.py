"""What customers go on to: products near each other in their histories, as a sparse matrix. Linear in events.

Two products up to `_REACH` steps apart count 1 / steps for the later one, and `_BACKWARD` of that for the
earlier one. The sums are divided by what the popularity of both would lead one to expect (a cosine) with a
doubt added, so that what was seen once or twice does not outweigh what was seen often (shrinkage, as in Koren
and Bell, "Advances in Collaborative Filtering", 2011).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse

from .measure import Scores
from .sequences import History

_REACH = 20
_BACKWARD = 0.7
_DOUBT = 60.0
_KEPT = 100


class Transitions:
    """Item-to-item neighbours.

    Args:
        near: (places, places) how near each product is to each, as `near` gives it.
        shares: the same with rows that add up to 1; made if left out.
    """

    def __init__(self, near: sparse.csr_array, shares: sparse.csr_array | None = None) -> None:
        self.near = near
        if shares is None:
            sums = np.maximum(near.sum(1), 1e-12)
            shares = sparse.csr_array(sparse.diags_array(1 / sums) @ near).astype(np.float32)
        self._shares = shares

    def extended(self, products: int) -> Transitions:
        """The same with products at the end that are near to nothing; the numbers are shared, not copied."""
        return Transitions(_larger(self.near, products), _larger(self._shares, products))

    def scores(self, histories: Sequence[History], places: History | None = None, *, decay: float) -> Scores:
        """(histories, places): the neighbours of the products in each history, summed.

        Args:
            places: these only; all if left out.
            decay: a product counts so much of the one that came after it.
        """
        return _dense(recent(histories, self.near.shape[0], decay) @ self.near, places)

    def two_steps(
        self, histories: Sequence[History], places: History | None = None, *, decay: float
    ) -> Scores:
        """The same of the neighbours' neighbours, each product's neighbours sharing its weight."""
        once = recent(histories, self.near.shape[0], decay) @ self._shares
        return _dense(once @ self._shares, places)


def _larger(rows: sparse.csr_array, products: int) -> sparse.csr_array:
    size = rows.shape[0] + products
    ends = np.concatenate([rows.indptr, np.full(products, rows.indptr[-1], rows.indptr.dtype)])
    return sparse.csr_array((rows.data, rows.indices, ends), shape=(size, size))


def _dense(rows: sparse.csr_array, places: History | None) -> Scores:
    scores: Scores = rows.toarray()
    return scores if places is None else scores[:, places]


def recent(histories: Sequence[History], places: int, decay: float) -> sparse.csr_array:
    """(histories, places): `decay` to the power of how many steps ago a product was."""
    lengths = [len(history) for history in histories]
    ages = np.concatenate([np.arange(length)[::-1] for length in lengths])
    rows = np.repeat(np.arange(len(histories)), lengths)
    weights = np.power(decay, ages, dtype=np.float32)
    return sparse.csr_array((weights, (rows, np.concatenate(histories))), shape=(len(histories), places))


def near(histories: Sequence[History], places: int) -> sparse.csr_array:
    """(places, places): counted in histories of the training part."""
    sums = sparse.csr_array((places, places), dtype=np.float32)
    whole = np.concatenate(histories)
    owner = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    for steps in range(1, _REACH + 1):
        together = owner[steps:] == owner[:-steps]
        earlier, later = whole[:-steps][together], whole[steps:][together]
        weights = np.full(len(earlier), 1 / steps, np.float32)
        forward = sparse.csr_array((weights, (earlier, later)), shape=(places, places))
        sums = sums + forward + _BACKWARD * forward.T
    sums.setdiag(0)
    count = np.maximum(np.bincount(whole, minlength=places), 1).astype(np.float32)
    pairs = sums.tocoo()
    expected = np.sqrt(count[pairs.row] * count[pairs.col]) + _DOUBT
    found = sparse.csr_array((pairs.data / expected, (pairs.row, pairs.col)), shape=(places, places))
    return _nearest(found)


def _nearest(rows: sparse.csr_array) -> sparse.csr_array:
    """The `_KEPT` nearest of each row, so that no request grows with the busiest product."""
    lengths = np.diff(rows.indptr)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((-rows.data, owner))
    place_in_row = np.arange(len(owner)) - np.repeat(rows.indptr[:-1], lengths)
    kept = order[place_in_row < _KEPT]
    return sparse.csr_array((rows.data[kept], (owner[kept], rows.indices[kept])), shape=rows.shape)
