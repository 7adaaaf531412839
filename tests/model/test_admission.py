"""Who joins the batch, in which order, who waits, and who is told at once that it would be too late."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import pytest

from model.admission import Admission, Busy, Demand, Pace, queue_full, too_late


def _run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Guest:
    """A request that, once let in, stays until it is told to go."""

    def __init__(self, admission: Admission, demand: Demand) -> None:
        self.inside = False
        self._go = asyncio.Event()
        self.task = asyncio.create_task(self._stay(admission, demand))

    async def _stay(self, admission: Admission, demand: Demand) -> None:
        async with admission.held(demand):
            self.inside = True
            await self._go.wait()
        self.inside = False

    def go(self) -> None:
        self._go.set()

    async def leave(self) -> None:
        self._go.set()
        await self.task
        await _settle()


async def _guests(admission: Admission, *demands: Demand) -> list[Guest]:
    guests = []
    for demand in demands:
        guests.append(Guest(admission, demand))
        await _settle()
    return guests


def _one(seconds: float = 0.0, deadline: float = math.inf) -> Demand:
    return Demand(1, 1, seconds, deadline)


def _inside(guests: list[Guest]) -> list[bool]:
    return [guest.inside for guest in guests]


def test_first_come_first_served() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        guests = await _guests(admission, _one(), _one(), _one())
        assert _inside(guests) == [True, False, False]
        assert (admission.sequences, admission.waiting) == (1, 2)
        await guests[0].leave()
        assert _inside(guests) == [False, True, False]
        await guests[1].leave()
        assert _inside(guests) == [False, False, True]
        await guests[2].leave()
        assert (admission.sequences, admission.waiting) == (0, 0)

    _run(test)


@pytest.mark.parametrize(
    ("demands", "inside"),
    [
        ([Demand(2, 1, 0), Demand(2, 1, 0)], [True, True]),
        ([Demand(2, 1, 0), Demand(3, 1, 0)], [True, False]),
        ([Demand(1, 50, 0), Demand(1, 50, 0)], [True, True]),
        ([Demand(1, 50, 0), Demand(1, 51, 0)], [True, False]),
    ],
)
def test_places_and_cells_are_both_given_out_to_the_last(demands: list[Demand], inside: list[bool]) -> None:
    async def test() -> None:
        guests = await _guests(Admission(places=4, cells=100, waiting=9), *demands)
        assert _inside(guests) == inside
        for guest in guests:
            await guest.leave()

    _run(test)


def test_a_request_for_many_places_is_not_passed_by_those_for_one() -> None:
    async def test() -> None:
        admission = Admission(places=4, cells=100, waiting=9)
        small, large, late = await _guests(admission, _one(), Demand(4, 4, 0), _one())
        # There is room for the late one; it waits all the same.
        assert _inside([small, large, late]) == [True, False, False]
        await small.leave()
        assert _inside([large, late]) == [True, False]
        await large.leave()
        assert late.inside
        await late.leave()

    _run(test)


def test_who_finds_no_place_to_wait_is_told_how_long_it_is_full() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=1)
        guests = await _guests(admission, _one(8), _one(3))
        with pytest.raises(Busy, match="the queue is full") as busy:
            async with admission.held(_one()):
                pass
        # Half of the 8 seconds that run, and the 3 that wait.
        assert (busy.value.reason, busy.value.retry_after) == ("queue_full", 7)
        assert (admission.sequences, admission.waiting) == (1, 1)
        for guest in guests:
            await guest.leave()

    _run(test)


def test_without_a_queue_free_places_are_still_given_out() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=0)
        (guest,) = await _guests(admission, _one())
        assert guest.inside
        with pytest.raises(Busy):
            async with admission.held(_one()):
                pass
        await guest.leave()

    _run(test)


def test_who_would_be_late_is_refused_at_once() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        with pytest.raises(Busy, match=r"expected in 5\.0 s, and the deadline is in 1\.0 s") as alone:
            async with admission.held(_one(5, monotonic() + 1)):
                pass
        assert alone.value.reason == "deadline"
        guests = await _guests(admission, _one(8))
        with pytest.raises(Busy) as behind:
            async with admission.held(_one(1, monotonic() + 3)):
                pass
        assert (behind.value.reason, behind.value.retry_after) == ("deadline", 4)
        assert (admission.sequences, admission.waiting) == (1, 0)
        await guests[0].leave()

    _run(test)


def test_a_deadline_that_has_passed_is_refused_though_nothing_is_known_of_the_pace() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        with pytest.raises(Busy, match=r"the deadline is in 0\.0 s"):
            async with admission.held(_one(0, monotonic() - 1)):
                pass
        assert admission.sequences == 0

    _run(test)


def test_a_deadline_that_passes_in_the_queue_ends_the_waiting() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        holder, late, next_one = await _guests(admission, _one(), _one(0, monotonic() + 0.05), _one())
        with pytest.raises(Busy) as busy:
            await late.task
        assert busy.value.reason == "deadline"
        assert admission.waiting == 1
        await holder.leave()
        assert next_one.inside
        await next_one.leave()

    _run(test)


def test_a_turn_that_comes_together_with_the_deadline_is_too_late() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        holder, late = await _guests(admission, _one(), _one(0, monotonic() + 0.05))
        holder.go()
        time.sleep(0.1)  # the loop finds both at once
        with pytest.raises(Busy) as busy:
            await late.task
        assert busy.value.reason == "deadline"
        await holder.task
        assert (admission.sequences, admission.waiting) == (0, 0)

    _run(test)


def test_time_that_runs_out_inside_is_the_callers_own() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        with pytest.raises(TimeoutError):
            async with admission.held(_one(0, monotonic() + 60)):
                raise TimeoutError
        assert admission.sequences == 0

    _run(test)


def test_who_is_cancelled_leaves_the_queue_and_lets_the_next_in() -> None:
    async def test() -> None:
        admission = Admission(places=2, cells=10, waiting=9)
        holder, large, small = await _guests(admission, _one(), Demand(2, 1, 0), _one())
        large.task.cancel()
        await _settle()
        assert small.inside
        assert (admission.sequences, admission.waiting) == (2, 0)
        holder.task.cancel()
        await _settle()
        assert admission.sequences == 1
        await small.leave()
        assert admission.sequences == 0

    _run(test)


def test_who_is_cancelled_as_its_turn_comes_passes_it_on() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        holder, gone, next_one = await _guests(admission, _one(), _one(), _one())
        holder.go()
        gone.task.cancel()
        await _settle()
        assert next_one.inside
        await next_one.leave()
        assert (admission.sequences, admission.waiting) == (0, 0)

    _run(test)


def test_an_error_inside_frees_the_place() -> None:
    async def test() -> None:
        admission = Admission(places=1, cells=10, waiting=9)
        with pytest.raises(ValueError, match="inside"):
            async with admission.held(_one()):
                raise ValueError("inside")
        assert admission.sequences == 0

    _run(test)


def test_after_shedding_half_as_many_run_and_each_success_gives_one_place_back() -> None:
    async def test() -> None:
        admission = Admission(places=4, cells=100, waiting=9)
        admission.shed()
        guests = await _guests(admission, *[_one()] * 4)
        assert _inside(guests) == [True, True, False, False]
        admission.recover()
        await guests[0].leave()
        assert _inside(guests) == [False, True, True, True]
        for guest in guests[1:]:
            await guest.leave()

    _run(test)


def test_recovering_never_goes_beyond_the_places_there_are() -> None:
    async def test() -> None:
        admission = Admission(places=2, cells=100, waiting=9)
        for _ in range(5):
            admission.recover()
        guests = await _guests(admission, *[_one()] * 3)
        assert _inside(guests) == [True, True, False]
        for guest in guests:
            await guest.leave()

    _run(test)


def test_after_shedding_to_one_place_a_request_for_many_runs_alone() -> None:
    async def test() -> None:
        admission = Admission(places=8, cells=100, waiting=9)
        for _ in range(9):
            admission.shed()
        guests = await _guests(admission, _one(), Demand(8, 8, 0), _one())
        assert _inside(guests) == [True, False, False]
        await guests[0].leave()
        assert _inside(guests) == [False, True, False]
        await guests[1].leave()
        assert guests[2].inside
        await guests[2].leave()

    _run(test)


@pytest.mark.parametrize(("seconds", "retry"), [(0.0, 1), (0.2, 1), (1.2, 2), (59.5, 60), (math.inf, 60)])
def test_retry_after_is_a_whole_number_from_one_to_sixty(seconds: float, retry: int) -> None:
    assert queue_full(seconds).retry_after == retry
    assert too_late(1, 0, seconds).retry_after == retry


def test_nothing_is_expected_before_the_first_request() -> None:
    assert Pace().expected(1000, 1000) == 0


def test_the_first_request_sets_the_pace() -> None:
    pace = Pace()
    pace.learn(prompt=100, first=1.0, tokens=11, whole=3.0, asked=11)
    # 0.01 s a token read, 0.2 s a token written, all that was asked for written.
    assert pace.expected(200, 10) == pytest.approx(2 + 2)


def test_answers_that_end_early_shorten_what_is_expected() -> None:
    pace = Pace()
    pace.learn(prompt=100, first=1.0, tokens=6, whole=2.0, asked=12)
    # Half was used: a fifth of the way from 1 to 0.5.
    assert pace.expected(0, 10) == pytest.approx(10 * 0.9 * 0.2)


def test_the_pace_follows_what_is_new_by_a_fifth() -> None:
    pace = Pace()
    pace.learn(prompt=10, first=1.0, tokens=2, whole=2.0, asked=2)
    pace.learn(prompt=10, first=2.0, tokens=2, whole=5.0, asked=2)
    assert pace.expected(10, 0) == pytest.approx(1.0 + 0.2)
    assert pace.expected(0, 1) == pytest.approx(1.0 + 0.2 * 2)


def test_an_answer_of_one_token_tells_nothing_of_writing() -> None:
    pace = Pace()
    pace.learn(prompt=10, first=1.0, tokens=1, whole=1.0, asked=1)
    assert pace.expected(0, 50) == 0
    assert pace.expected(10, 0) == pytest.approx(1.0)
