"""Looks now and then whether another recommender was published, and puts it in place of the one before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .engines import RecommenderEngine
from .metrics import Metrics
from .recommender.published import BrokenArtifact, Pointer, Published, Unreachable

_log = logging.getLogger("model")


class Watch:
    """A thread that looks at the pointer.

    What cannot be loaded leaves the one before in its place: for good if the artifact is broken, until the
    next look if it could not be read.

    Args:
        published: where to look.
        use: told of every recommender that was loaded, from the thread; None while none is published.
        seconds: from one look to the next.
    """

    def __init__(
        self,
        published: Published,
        use: Callable[[RecommenderEngine | None], None],
        metrics: Metrics,
        *,
        seconds: float,
    ) -> None:
        self._published = published
        self._use = use
        self._metrics = metrics
        self._seconds = seconds
        self._done: Pointer | None = None  # loaded, or found broken
        self._said = ""
        self._ended = threading.Event()

    def look(self) -> None:
        """Once, now. Raises nothing: a server goes on with what it has."""
        pointer: Pointer | None = None
        try:
            pointer = self._published.pointer()
            if pointer is None:
                self._use(None)
            if pointer is None or pointer == self._done:
                return
            self._use(self._published.fetch(pointer))
        except BrokenArtifact as error:
            self._done = pointer
            self._failed("broken", f"recommender {pointer and pointer.version} cannot be loaded: {error}")
        except Unreachable as error:
            self._failed("unreachable", f"no recommender could be read: {error}")
        except Exception as error:
            self._failed("unreachable", f"{type(error).__name__} while looking for a recommender: {error}")
        else:
            self._done, self._said = pointer, ""
            self._metrics.recommender_load("loaded")
            _log.info("recommender %s is in use", pointer.version)

    def start(self) -> None:
        """Look again and again, in a thread that nobody has to wait for."""
        threading.Thread(target=self._watch, daemon=True, name="recommender").start()

    def close(self) -> None:
        """No more looks. One that has begun may go on to its end."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(self._seconds):
            self.look()

    def _failed(self, outcome: str, message: str) -> None:
        self._metrics.recommender_load(outcome)
        # Said once, not each minute again.
        if message != self._said:
            self._said = message
            _log.error("%s", message)
