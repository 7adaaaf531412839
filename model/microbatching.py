"""Texts, or pages, of many callers in one call of an engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Generic, TypeVar

from .admission import queue_full
from .engines import Rows

Item = TypeVar("Item")


@dataclass(eq=False)
class _Request(Generic[Item]):
    texts: Sequence[Item]
    future: asyncio.Future[Rows]
    begun: int = 0  # texts that were given to the engine
    made: dict[int, tuple[list[float], int]] = field(default_factory=dict)  # by place: vector, tokens


class MicroBatcher(Generic[Item]):
    """Collects texts while the engine computes, and gives it the next batch in a thread of its own.

    Requests take turns, `slice_texts` each, so that a question does not wait for the whole of a catalogue
    that came before it. Used from one event loop.

    A batch that fails is tried again in halves, down to a single text: that one's request gets the error, all
    others their vectors, and a batch too large for the memory becomes smaller ones.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Item]], Rows],
        *,
        name: str = "embeddings",
        batch_texts: int = 64,
        slice_texts: int = 16,
        waiting_texts: int = 4096,
        ran: Callable[[int, float], None] = lambda texts, seconds: None,
    ) -> None:
        """
        Args:
            compute: the engine's; called from one thread at a time.
            name: of that thread.
            batch_texts: most texts in one call of the engine.
            slice_texts: most of one request's while others wait.
            waiting_texts: most that may wait; a request that finds nothing waiting is always taken.
            ran: told of each call of the engine that gave vectors, how many texts and how long.
        """
        self._compute_rows = compute
        self._batch_texts = batch_texts
        self._slice_texts = slice_texts
        self._waiting_texts = waiting_texts
        self._ran = ran
        self._queue: deque[_Request[Item]] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._running: asyncio.Task[None] | None = None
        self._closed = False
        self._seconds_a_text = 0.0

    @property
    def waiting(self) -> int:
        """Texts that no batch has taken yet."""
        return sum(len(request.texts) - request.begun for request in self._queue)

    def expected_seconds(self, texts: int) -> float:
        """How long a request of so many texts would take from now, judged by the latest batches."""
        return (self.waiting + self._batch_texts * (self._running is not None) + texts) * self._seconds_a_text

    async def run(self, texts: Sequence[Item]) -> Rows:
        """The rows of one request. Cancelled, it gives its place in the queue free.

        Raises:
            admission.Busy: too much waits already, or the batcher is closed.
            Exception: what the engine raised for one of these texts alone.
        """
        if not texts:
            return Rows([], [])
        waiting = self.waiting
        if self._closed or (waiting and waiting + len(texts) > self._waiting_texts):
            raise queue_full(self.expected_seconds(len(texts)))
        request = _Request(texts, asyncio.get_running_loop().create_future())
        self._queue.append(request)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            return await request.future
        finally:
            if request in self._queue:
                self._queue.remove(request)

    async def close(self) -> None:
        """Takes no more; returns when what was taken is answered."""
        self._closed = True
        if self._running is not None:
            await self._running
        self._pool.shutdown()

    async def _run(self) -> None:
        try:
            # Whoever is ready to ask in this turn of the loop comes into the first batch too.
            await asyncio.sleep(0)
            while batch := self._next_batch():
                await self._compute(batch)
        finally:
            self._running = None

    def _next_batch(self) -> list[tuple[_Request[Item], int]]:
        batch: list[tuple[_Request[Item], int]] = []
        while self._queue and len(batch) < self._batch_texts:
            request = self._queue.popleft()
            room = min(self._slice_texts, self._batch_texts - len(batch))
            end = min(request.begun + room, len(request.texts))
            batch += [(request, place) for place in range(request.begun, end)]
            request.begun = end
            if end < len(request.texts):
                self._queue.append(request)
        return batch

    async def _compute(self, batch: list[tuple[_Request[Item], int]]) -> None:
        batch = [(request, place) for request, place in batch if not request.future.done()]
        if not batch:
            return
        texts = [request.texts[place] for request, place in batch]
        start = perf_counter()
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._pool, self._compute_rows, texts)
            rows = list(zip(batch, made.rows, made.tokens, strict=True))
        except Exception as error:
            if len(batch) > 1:
                await self._compute(batch[: len(batch) // 2])
                await self._compute(batch[len(batch) // 2 :])
            else:
                self._fail(batch[0][0], error)
            return
        seconds = perf_counter() - start
        self._seconds_a_text += 0.2 * (seconds / len(batch) - self._seconds_a_text)
        self._ran(len(batch), seconds)
        for (request, place), vector, tokens in rows:
            self._keep(request, place, vector, tokens)

    def _keep(self, request: _Request[Item], place: int, vector: list[float], count: int) -> None:
        request.made[place] = vector, count
        if len(request.made) == len(request.texts) and not request.future.done():
            rows = [request.made[place] for place in range(len(request.texts))]
            request.future.set_result(Rows([vector for vector, _ in rows], [count for _, count in rows]))

    def _fail(self, request: _Request[Item], error: Exception) -> None:
        if not request.future.done():
            request.future.set_exception(error)
        if request in self._queue:
            self._queue.remove(request)
