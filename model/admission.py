"""Who may join a running batch, in which order, and who is told at once that it would be too late."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic


class Busy(Exception):
    """Nothing was started; `retry_after` is when it may be worth asking again, in whole seconds."""

    def __init__(self, message: str, retry_after: int, reason: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = reason


def queue_full(seconds: float) -> Busy:
    """For a request that finds no place to wait. `seconds`: how long those before it will take."""
    return Busy("the queue is full", _whole(seconds), "queue_full")


def too_late(expected: float, left: float, waiting: float) -> Busy:
    """For a request whose answer would come after its deadline; all in seconds."""
    message = f"the answer is expected in {expected:.1f} s, and the deadline is in {max(left, 0):.1f} s"
    return Busy(message, _whole(waiting), "deadline")


def _whole(seconds: float) -> int:
    return max(1, math.ceil(min(seconds, 60)))


class Pace:
    """How fast the engine has been of late, as moving averages; nothing is known before the first request."""

    _WEIGHT = 0.2

    def __init__(self) -> None:
        self._reading = 0.0  # seconds a token of the prompt
        self._writing = 0.0  # seconds a token of the answer
        self._used = 1.0  # share of the tokens asked for that answers take

    def learn(self, prompt: int, first: float, tokens: int, whole: float, asked: int) -> None:
        """From one sequence: `first` token after so many seconds, `tokens` of the `asked` after `whole`."""
        self._reading = self._mean(self._reading, first / prompt)
        if tokens > 1:
            self._writing = self._mean(self._writing, (whole - first) / (tokens - 1))
        self._used += self._WEIGHT * (tokens / asked - self._used)

    def expected(self, prompt: int, tokens: int) -> float:
        """Seconds for a prompt of so many tokens and an answer of at most so many."""
        return prompt * self._reading + tokens * self._used * self._writing

    def _mean(self, old: float, new: float) -> float:
        return new if not old else old + self._WEIGHT * (new - old)


@dataclass(frozen=True)
class Demand:
    """What a request takes: sequences, tokens of cache, seconds; and its deadline on the monotonic clock."""

    places: int
    cells: int
    seconds: float
    deadline: float = math.inf


@dataclass(eq=False)
class _Ticket:
    demand: Demand
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """Places in the batch and cells of its cache, given out first come, first served.

    In order, so that a request for many places is not passed for ever by those for one. Used from one loop.

    Args:
        places: sequences that run at once.
        cells: tokens that the key-value cache holds.
        waiting: requests that may wait.
    """

    def __init__(self, places: int, cells: int, waiting: int) -> None:
        self._all_places = places
        self._allowed = places
        self._cells = cells
        self._most_waiting = waiting
        self._running: set[_Ticket] = set()
        self._queue: deque[_Ticket] = deque()

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    @property
    def sequences(self) -> int:
        """Sequences that run."""
        return sum(ticket.demand.places for ticket in self._running)

    @asynccontextmanager
    async def held(self, demand: Demand) -> AsyncIterator[None]:
        """Waits for its turn and room. Cancelled, it leaves the queue.

        Raises:
            Busy: the queue is full, or the deadline would pass.
        """
        ticket = _Ticket(demand)
        wait = 0.0 if self._fits(demand) and not self._queue else self._expected_wait()
        self._check_deadline(demand, wait)
        if wait and len(self._queue) >= self._most_waiting:
            raise queue_full(wait)
        self._queue.append(ticket)
        try:
            self._let_in()
            await self._turn(ticket)
            yield
        finally:
            if ticket in self._queue:
                self._queue.remove(ticket)
            self._running.discard(ticket)
            self._let_in()

    async def _turn(self, ticket: _Ticket) -> None:
        demand = ticket.demand
        left = None if demand.deadline == math.inf else max(0.0, demand.deadline - monotonic())
        try:
            async with asyncio.timeout(left):
                await ticket.turn
        except TimeoutError:
            raise too_late(demand.seconds, 0, self._expected_wait()) from None
        self._check_deadline(demand, 0)

    def shed(self) -> None:
        """Half as many at once, after the memory ran out."""
        self._allowed = max(1, self._allowed // 2)

    def recover(self) -> None:
        """One more again, after a request that went well."""
        self._allowed = min(self._all_places, self._allowed + 1)

    def _fits(self, demand: Demand) -> bool:
        # Whoever wants more than is allowed after shedding runs alone.
        places = min(demand.places, self._allowed)
        used = sum(ticket.demand.cells for ticket in self._running)
        return self.sequences + places <= self._allowed and used + demand.cells <= self._cells

    def _let_in(self) -> None:
        while self._queue and self._fits(self._queue[0].demand):
            ticket = self._queue.popleft()
            self._running.add(ticket)
            if not ticket.turn.done():
                ticket.turn.set_result(None)

    def _expected_wait(self) -> float:
        """Half of what runs is still to come, and what waits shares the places."""
        running = [ticket.demand.seconds for ticket in self._running]
        ahead = sum(ticket.demand.seconds * ticket.demand.places for ticket in self._queue) / self._allowed
        return max(0.001, (sum(running) / len(running) / 2 if running else 0.0) + ahead)

    def _check_deadline(self, demand: Demand, wait: float) -> None:
        left = demand.deadline - monotonic()
        if left <= 0 or wait + demand.seconds > left:
            raise too_late(wait + demand.seconds, left, wait)
