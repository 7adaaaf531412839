"""How much time is left to answer the request that is being worked on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

_ANSWERING = 1.0  # seconds for what comes after the last call: checks, and the answer's way
_deadline: ContextVar[float] = ContextVar("deadline", default=inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done here has to be answered within so many seconds."""
    before = _deadline.set(time.monotonic() + seconds - _ANSWERING)
    try:
        yield
    finally:
        _deadline.reset(before)


def left() -> float:
    """Seconds that a call may still take; without end where nobody waits for an answer."""
    return _deadline.get() - time.monotonic()
