"""Who may enter a batch that has so many places and so much memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Capacity:
    """Places and cells shared by requests, given out first come, first served.

    In order, so that a request for many places is not passed for ever by those for one.

    Args:
        places: sequences that can run at once.
        cells: tokens that the shared key-value cache holds.
    """

    def __init__(self, places: int, cells: int) -> None:
        self._places = places
        self._cells = cells
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def held(self, places: int, cells: int) -> Iterator[None]:
        """Waits for its turn and room. The caller has checked that an empty batch has that much."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: self._queue[0] is ticket and places <= self._places and cells <= self._cells
                )
                self._places -= places
                self._cells -= cells
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._places += places
                self._cells += cells
                self._changed.notify_all()
