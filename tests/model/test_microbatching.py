"""The batcher in front of an embedding engine: who shares a batch, who waits, who fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from model.admission import Busy
from model.engines import Rows
from model.microbatching import MicroBatcher


class NumberEngine:
    """The vector of "12" is [12.0], read as two tokens. Waits at `gate`; keeps the batches it was given."""

    concurrency = 1
    dimensions = 1

    def __init__(self, memory: int = 1000) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self._memory = memory

    def embed(self, texts: Sequence[str]) -> Rows:
        self.batches.append(list(texts))
        assert self.gate.wait(5)
        if len(texts) > self._memory:
            raise MemoryError
        return Rows([[float(text)] for text in texts], [len(text) for text in texts])


def _numbers(start: int, count: int) -> list[str]:
    return [str(number) for number in range(start, start + count)]


def _run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_requests_that_come_together_share_one_batch_and_get_their_own() -> None:
    async def test() -> None:
        engine = NumberEngine()
        batcher = MicroBatcher(engine.embed)
        made = await asyncio.gather(*(batcher.run(_numbers(i, 3)) for i in (7, 98, 1000)))
        assert made[0] == Rows([[7.0], [8.0], [9.0]], [1, 1, 1])
        assert made[1] == Rows([[98.0], [99.0], [100.0]], [2, 2, 3])
        assert made[2].tokens == [4, 4, 4]
        assert len(engine.batches) == 1
        await batcher.close()

    _run(test)


def test_what_comes_while_a_batch_runs_goes_into_the_next() -> None:
    async def test() -> None:
        engine = NumberEngine()
        engine.gate.clear()
        batcher = MicroBatcher(engine.embed)
        first = asyncio.create_task(batcher.run(["1"]))
        await _until(lambda: len(engine.batches) == 1)
        others = [asyncio.create_task(batcher.run([str(i)])) for i in (2, 3, 4)]
        await _until(lambda: batcher.waiting == 3)
        engine.gate.set()
        await asyncio.gather(first, *others)
        assert engine.batches == [["1"], ["2", "3", "4"]]

    _run(test)


def test_a_question_does_not_wait_for_a_whole_catalogue() -> None:
    async def test() -> None:
        engine = NumberEngine()
        engine.gate.clear()
        batcher = MicroBatcher(engine.embed, batch_texts=32, slice_texts=8)
        bulk = asyncio.create_task(batcher.run(_numbers(0, 128)))
        await _until(lambda: len(engine.batches) == 1)
        question = asyncio.create_task(batcher.run(["500"]))
        await _until(lambda: batcher.waiting == 97)
        engine.gate.set()
        assert (await question).rows == [[500.0]]
        assert not bulk.done()
        assert "500" in engine.batches[1]
        assert (await bulk).rows == [[float(i)] for i in range(128)]
        assert max(map(len, engine.batches)) == 32
        # Alone it fills its batches: the question took one place of the second.
        assert len(engine.batches) == 5

    _run(test)


def test_two_of_like_size_take_turns() -> None:
    async def test() -> None:
        engine = NumberEngine()
        batcher = MicroBatcher(engine.embed, batch_texts=8, slice_texts=4)
        await asyncio.gather(batcher.run(_numbers(0, 12)), batcher.run(_numbers(100, 12)))
        assert [sum(int(text) >= 100 for text in batch) for batch in engine.batches] == [4, 4, 4]

    _run(test)


def test_the_queue_is_bounded_and_a_cancelled_caller_frees_its_place() -> None:
    async def test() -> None:
        engine = NumberEngine()
        engine.gate.clear()
        batcher = MicroBatcher(engine.embed, waiting_texts=4)
        running = asyncio.create_task(batcher.run(_numbers(0, 2)))
        await _until(lambda: len(engine.batches) == 1)
        waiting = asyncio.create_task(batcher.run(_numbers(10, 4)))
        await _until(lambda: batcher.waiting == 4)
        with pytest.raises(Busy):
            await batcher.run(["99"])
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert batcher.waiting == 0
        other = asyncio.create_task(batcher.run(["99"]))
        await _until(lambda: batcher.waiting == 1)
        engine.gate.set()
        assert (await other).rows == [[99.0]]
        assert len((await running).rows) == 2
        assert engine.batches == [["0", "1"], ["99"]]

    _run(test)


def test_a_request_larger_than_the_queue_is_taken_when_nothing_waits() -> None:
    async def test() -> None:
        batcher = MicroBatcher(NumberEngine().embed, batch_texts=4, waiting_texts=4)
        assert len((await batcher.run(_numbers(0, 50))).rows) == 50

    _run(test)


def test_a_bad_text_fails_its_own_request_only() -> None:
    async def test() -> None:
        engine = NumberEngine()
        batcher = MicroBatcher(engine.embed, batch_texts=8, slice_texts=2)
        good, bad, other = await asyncio.gather(
            batcher.run(_numbers(0, 20)),
            batcher.run(["1", "two", *_numbers(3, 40)]),
            batcher.run(["7"]),
            return_exceptions=True,
        )
        assert isinstance(good, Rows)
        assert good.rows == [[float(i)] for i in range(20)]
        assert isinstance(bad, ValueError)
        assert isinstance(other, Rows)
        # The rest of the refused request is not computed: it had begun two slices at most.
        assert sum(int(text) > 20 for batch in engine.batches for text in batch if text != "two") == 0
        assert batcher.waiting == 0

    _run(test)


def test_a_batch_too_large_for_the_memory_is_halved() -> None:
    async def test() -> None:
        engine = NumberEngine(memory=5)
        batcher = MicroBatcher(engine.embed, batch_texts=64)
        made = await asyncio.gather(batcher.run(_numbers(0, 30)), batcher.run(_numbers(50, 30)))
        assert [len(one.rows) for one in made] == [30, 30]
        assert made[1].rows[29] == [79.0]

    _run(test)


def test_no_memory_at_all_fails_the_request_and_the_next_one_is_served() -> None:
    async def test() -> None:
        engine = NumberEngine(memory=0)
        batcher = MicroBatcher(engine.embed)
        with pytest.raises(MemoryError):
            await batcher.run(_numbers(0, 3))
        engine._memory = 1000
        assert (await batcher.run(["5"])).rows == [[5.0]]

    _run(test)


def test_it_tells_of_its_batches_and_how_long_a_request_would_take() -> None:
    async def test() -> None:
        ran: list[int] = []
        batcher = MicroBatcher(
            NumberEngine().embed, batch_texts=8, ran=lambda texts, seconds: ran.append(texts)
        )
        assert batcher.expected_seconds(10) == 0
        await batcher.run(_numbers(0, 20))
        assert ran == [8, 8, 4]
        assert 0 < batcher.expected_seconds(10) < batcher.expected_seconds(100) < 5

    _run(test)


def test_closing_answers_what_was_taken_and_takes_no_more() -> None:
    async def test() -> None:
        batcher = MicroBatcher(NumberEngine().embed, batch_texts=4)
        taken = asyncio.create_task(batcher.run(_numbers(0, 40)))
        await asyncio.sleep(0)
        await batcher.close()
        assert taken.done()
        assert len(taken.result().rows) == 40
        with pytest.raises(Busy):
            await batcher.run(["1"])
        assert await batcher.run([]) == Rows([], [])

    _run(test)
