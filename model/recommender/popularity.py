"""How often each product stands in the training part: what to show where nothing is known of a customer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .measure import Scores
from .sequences import History


class Popularity:
    """Counts.

    Args:
        counts: (places,) of the training part; see `counted`.
    """

    def __init__(self, counts: Scores) -> None:
        self.counts = counts

    def scores(self, histories: Sequence[History], places: History | None = None) -> Scores:
        """(histories, places): the same for every history; of these places only, if they are given."""
        return np.tile(self.counts if places is None else self.counts[places], (len(histories), 1))

    def rarest(self) -> History:
        """The places of the products that were counted, but least often."""
        return np.flatnonzero(self.counts == self.counts[self.counts > 0].min())


def counted(histories: Sequence[History], places: int) -> Scores:
    """(places,): how often each product stands in the histories."""
    return np.bincount(np.concatenate(histories), minlength=places).astype(np.float32)
