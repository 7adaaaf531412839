"""Who may enter the batch, in which order."""

from __future__ import annotations

import threading

from model.engines.capacity import Capacity


class _Asker:
    """A thread that wants room, and holds it until told to go."""

    def __init__(self, capacity: Capacity, places: int, cells: int) -> None:
        self.entered = threading.Event()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(capacity, places, cells), daemon=True)
        self._thread.start()

    def _run(self, capacity: Capacity, places: int, cells: int) -> None:
        with capacity.held(places, cells):
            self.entered.set()
            self._leave.wait(10)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(10)


def test_what_fits_runs_together_and_the_rest_waits() -> None:
    capacity = Capacity(4, 100)
    first, second = _Asker(capacity, 2, 50), _Asker(capacity, 2, 50)
    assert first.entered.wait(5)
    assert second.entered.wait(5)
    third = _Asker(capacity, 1, 1)
    assert not third.entered.wait(0.05)
    first.leave()
    assert third.entered.wait(5)
    second.leave()
    third.leave()


def test_cells_count_as_places_do() -> None:
    capacity = Capacity(4, 100)
    first, second = _Asker(capacity, 1, 80), _Asker(capacity, 1, 30)
    assert first.entered.wait(5)
    assert not second.entered.wait(0.05)
    first.leave()
    assert second.entered.wait(5)
    second.leave()


def test_a_large_request_is_not_passed_by_small_ones() -> None:
    capacity = Capacity(4, 100)
    first = _Asker(capacity, 2, 1)
    assert first.entered.wait(5)
    large = _Asker(capacity, 4, 1)
    assert not large.entered.wait(0.05)
    small = _Asker(capacity, 1, 1)
    assert not small.entered.wait(0.05)
    first.leave()
    assert large.entered.wait(5)
    assert not small.entered.wait(0.05)
    large.leave()
    assert small.entered.wait(5)
    small.leave()


def test_room_is_given_back_after_a_failure() -> None:
    capacity = Capacity(1, 1)
    for _ in range(2):
        try:
            with capacity.held(1, 1):
                raise ValueError
        except ValueError:
            pass
    last = _Asker(capacity, 1, 1)
    assert last.entered.wait(5)
    last.leave()
