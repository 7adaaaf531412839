"""What the request that is being worked on used of the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Usage:
    """Calls of the endpoint that brought an answer, and the tokens that these read and wrote."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


_counted: ContextVar[Usage | None] = ContextVar("usage", default=None)


@contextmanager
def counting() -> Iterator[Usage]:
    """Counts what is used until the block ends."""
    used = Usage()
    before = _counted.set(used)
    try:
        yield used
    finally:
        _counted.reset(before)


def add(tokens_in: int, tokens_out: int) -> None:
    """One more call; counted if anybody counts."""
    if used := _counted.get():
        used.calls += 1
        used.tokens_in += tokens_in
        used.tokens_out += tokens_out
