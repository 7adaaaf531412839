"""Lines of progress: what is being asked, how far it is, how long it has taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_EVERY = 5.0  # seconds


class Progress:
    """Says where a run is.

    Args:
        say: takes a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._started = time.monotonic()

    def each(self, items: Sequence[T], what: str) -> Iterator[T]:
        """The items, with a line for the first, the last, and every few seconds between."""
        said = float("-inf")
        for number, item in enumerate(items, 1):
            if time.monotonic() - said >= _EVERY or number == len(items):
                said = time.monotonic()
                self._say(f"{said - self._started:5.0f} s  {what}  {number}/{len(items)}")
            yield item
