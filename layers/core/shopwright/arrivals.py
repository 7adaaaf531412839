"""The latest products of the catalogue, kept for a minute: the recommender does not know them yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from .errors import StoreUnavailable
from .ports import Arrival, Catalog

MAX_ARRIVALS = 128  # what the recommender takes
_KEPT = 60.0  # seconds


class Arrivals:
    """Reads them at most once a minute, for all customers of one process.

    Args:
        catalog: knows them.
        clock: seconds since any moment; never goes back.
    """

    def __init__(self, catalog: Catalog, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalog = catalog
        self._clock = clock
        self._found: Sequence[Arrival] = ()
        self._until: float | None = None

    def latest(self) -> Sequence[Arrival]:
        """Newest first, 128 at most. Where they cannot be read, those of the last time, if any."""
        now = self._clock()
        if self._until is None or now >= self._until:
            # Before reading: while the store is overloaded, not every request has to wait for it.
            self._until = now + _KEPT
            with suppress(StoreUnavailable):  # a list without the newest is still a good one
                self._found = self._catalog.arrivals(limit=MAX_ARRIVALS)
        return self._found
