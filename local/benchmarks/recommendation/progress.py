"""Lines of progress: what is being measured, how far it is, how long it has taken and will take."""

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
        clock: seconds, never going back.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._started = clock()

    def say(self, words: str) -> None:
        """A line with the seconds since the run began."""
        self._say(f"[{self._clock() - self._started:5.0f} s] {words}")

    def each(self, items: Sequence[T], what: str) -> Iterator[T]:
        """The items, with a line every few seconds and at the end: how many are done, how long is left."""
        began = said = self._clock()
        for done, item in enumerate(items):
            now = self._clock()
            if done and now - said >= _EVERY:
                said = now
                left = (now - began) / done * (len(items) - done)
                self.say(f"{what}: {done} of {len(items)}, about {left:.0f} s left")
            yield item
        self.say(f"{what}: {len(items)} of {len(items)}")
