"""Many requests: from clients who each wait for their answer, or as they arrive, waiting for nobody."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from local.benchmarks.model_speed.requests import Outcome

T = TypeVar("T")


def from_clients(clients: int, items: Sequence[T], ask: Callable[[T], Outcome]) -> list[Outcome]:
    """Closed loop: `clients` threads take the next item as soon as their last was answered.

    Outcomes are in the order of `items`; each client's first is marked `opening`.
    """
    outcomes: list[Outcome | None] = [None] * len(items)
    places = iter(range(len(items)))
    lock = threading.Lock()

    def client() -> None:
        opening = True
        while True:
            with lock:
                place = next(places, None)
            if place is None:
                return
            outcome = ask(items[place])
            outcome.opening, opening = opening, False
            outcomes[place] = outcome

    _together([threading.Thread(target=client, daemon=True) for _ in range(clients)])
    return [outcome for outcome in outcomes if outcome is not None]


def arrivals(rate: float, seconds: float, seed: str) -> list[float]:
    """A Poisson process: seconds from the start at which requests arrive, `rate` a second on average."""
    draw = random.Random(seed)
    times: list[float] = []
    now = draw.expovariate(rate)
    while now < seconds:
        times.append(now)
        now += draw.expovariate(rate)
    return times


def as_they_arrive(
    times: Sequence[float], items: Sequence[T], ask: Callable[[T, float], Outcome]
) -> list[Outcome]:
    """Open loop: item i is sent `times[i]` seconds from now, whatever became of those before it.

    Args:
        times: rising, as many as `items`.
        ask: is called in a thread of its own with the item and the moment it was due (perf_counter).
    """
    outcomes: list[Outcome | None] = [None] * len(items)
    threads: list[threading.Thread] = []

    def send(place: int, due: float) -> None:
        outcomes[place] = ask(items[place], due)

    begin = time.perf_counter()
    for place, after in enumerate(times):
        due = begin + after
        time.sleep(max(0.0, due - time.perf_counter()))
        thread = threading.Thread(target=send, args=(place, due), daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return [outcome for outcome in outcomes if outcome is not None]


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
