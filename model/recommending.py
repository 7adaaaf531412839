"""Next products for many callers: one recommender, a few threads, a short queue."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, perf_counter

import numpy as np
from numpy.typing import NDArray

from .admission import queue_full, too_late
from .contract import (
    Arrival,
    Because,
    Recommendation,
    RecommendationsRequest,
    RecommendationsResponse,
    Refused,
)
from .engines import RecommenderEngine, Suggestion
from .metrics import Metrics
from .writing import DeadlinePassed

_WEIGHT = 0.2  # of the latest request in what the next is expected to take


class NoRecommender(Exception):
    """What is published could not be loaded yet; `retry_after` is when to look again, in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("no recommender could be loaded yet")
        self.retry_after = retry_after


class Recommending:
    """Runs a recommender in threads of its own; its arithmetic lets go of Python's lock.

    `use` may be called at any time and from any thread: what has begun, or waits, ends on the one before.
    Everything else is used from one event loop.
    """

    def __init__(
        self, metrics: Metrics, *, threads: int = 2, waiting: int = 64, retry_after: float = 60
    ) -> None:
        """
        Args:
            threads: requests that are computed at once.
            waiting: requests that may wait for a thread.
            retry_after: seconds; told to those who ask before one is loaded.
        """
        self._metrics = metrics
        self._threads = threads
        self._most_waiting = waiting
        self._retry_after = max(1, math.ceil(retry_after))
        self._engine: RecommenderEngine | None = None
        self._none_so_far = False
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="recommender")
        self._inside: set[Future[RecommendationsResponse]] = set()
        self._seconds = 0.0
        metrics.watch_queue("recommendations", lambda: self.waiting)

    def use(self, engine: RecommenderEngine | None) -> None:
        """Recommend with this one from now on; None says that none was published so far."""
        if engine is None:
            self._none_so_far = self._engine is None
            return
        self._engine = engine
        self._metrics.recommender(engine.version)

    @property
    def version(self) -> str | None:
        """Of the recommender in use; None as long as there is none."""
        return self._engine.version if self._engine else None

    @property
    def waiting(self) -> int:
        """Requests that no thread has taken yet."""
        return max(0, len(self._inside) - self._threads)

    async def recommend(self, request: RecommendationsRequest, deadline: float) -> RecommendationsResponse:
        """The answer. `deadline` is on the monotonic clock. Cancelled, it gives its place in the queue free.

        Raises:
            Refused: another model was asked for, or an arrival's vector has another length.
            NoRecommender: there is one, but it could not be loaded yet.
            admission.Busy: too many wait already, or the deadline would pass before it is begun.
            DeadlinePassed: it passed while the answer was computed.
        """
        engine = self._engine
        if engine is None and self._none_so_far:
            return RecommendationsResponse(model="none", known=0, data=[])  # nobody knows anything yet
        if engine is None:
            raise NoRecommender(self._retry_after)
        if request.model not in (None, engine.version):
            message = f"model: this server has {engine.version} for such requests"
            raise Refused(message, "model", code="model_not_found")
        arrivals = _usable(request.arrivals, engine)
        self._check(deadline)
        future = self._pool.submit(self._answer, engine, request, arrivals, deadline)
        self._inside.add(future)
        future.add_done_callback(self._inside.discard)
        try:
            async with asyncio.timeout(None if deadline == math.inf else max(0.0, deadline - monotonic())):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            # What no thread had taken is cancelled, and will not be computed.
            raise (self._too_late(deadline) if future.cancelled() else DeadlinePassed()) from None

    def close(self) -> None:
        """Take no more; what waits is not computed."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, deadline: float) -> None:
        """Raises Busy. With nothing inside any time will do: only who is let in tells how long it takes."""
        left = deadline - monotonic()
        if left <= 0 or (self._inside and self._expected() > left):
            raise self._too_late(deadline)
        if self.waiting >= self._most_waiting:
            raise queue_full(self._expected())

    def _expected(self) -> float:
        """Seconds to the answer of whoever comes now: half of what runs is still to come."""
        running = min(len(self._inside), self._threads)
        ahead = self.waiting + (running / 2 if running == self._threads else 0)
        return self._seconds * (ahead / self._threads + 1)

    def _too_late(self, deadline: float) -> Exception:
        expected = self._expected()
        return too_late(expected, deadline - monotonic(), expected)

    def _answer(
        self,
        engine: RecommenderEngine,
        request: RecommendationsRequest,
        arrivals: Sequence[Arrival],
        deadline: float,
    ) -> RecommendationsResponse:
        """In a thread of the pool."""
        if monotonic() >= deadline:
            raise self._too_late(deadline)
        start = perf_counter()
        found = engine.best(
            request.history,
            limit=request.limit,
            exclude=frozenset(request.exclude),
            arrivals=_vectors(arrivals) or None,
            explain=request.explain,
        )
        seconds = perf_counter() - start
        self._seconds += _WEIGHT * (seconds - self._seconds) if self._seconds else seconds
        self._metrics.recommendation(seconds)
        # Of somebody of whom nothing is known any list would be the same for everybody.
        products = found.products if found.known or arrivals else []
        return RecommendationsResponse(
            model=engine.version,
            known=int(found.known),
            data=[_recommendation(index, each) for index, each in enumerate(products)],
        )


def _usable(arrivals: Collection[Arrival], engine: RecommenderEngine) -> list[Arrival]:
    """Those whose vectors are of the recommender's own kind. Raises Refused where only the length is not."""
    usable = []
    for at, arrival in enumerate(arrivals):
        if not engine.dimensions or arrival.embedding_model not in (None, engine.embedding_model):
            continue
        if len(arrival.embedding) != engine.dimensions:
            field = f"arrivals.{at}.embedding"
            what = f"{len(arrival.embedding)} numbers, and the recommender's vectors have {engine.dimensions}"
            raise Refused(f"{field}: {what}", field)
        usable.append(arrival)
    return usable


def _vectors(arrivals: Sequence[Arrival]) -> dict[str, NDArray[np.float32]]:
    return {arrival.product_id: np.array(arrival.embedding, np.float32) for arrival in arrivals}


def _recommendation(index: int, found: Suggestion) -> Recommendation:
    drops = sorted(found.because.items(), key=lambda each: -each[1])
    return Recommendation(
        index=index,
        product_id=found.product_id,
        score=float(found.score),
        because=[Because(product_id=name, drop=float(drop)) for name, drop in drops],
    )
