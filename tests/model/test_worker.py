"""The batch's process: what it is sent, what comes back, and what ends it. Processes are real."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from model.admission import Demand
from model.contract import ChatRequest
from model.engines import Sampling, Step
from model.engines.worker import EngineLost, Worker, Writing
from model.metrics import Metrics
from model.writing import ChatModel
from tests.model.engines import told_tokenizer
from tests.model.told_batch import ENDLESS, EXHAUST, RAISE, ToldBatch

ROOT = Path(__file__).parents[2]
Told = tuple[int, Step | EngineLost]


class Heard:
    """What was delivered of one request."""

    def __init__(
        self, worker: Worker, *prompt: int, n: int = 1, tokens: int = 2, seed: int | None = 5
    ) -> None:
        self._told: queue.Queue[Told] = queue.Queue()
        writing = Writing(prompt or (1,), n, tokens, Sampling(seed=seed))
        self.key = worker.start(writing, lambda index, step: self._told.put((index, step)))

    def next(self) -> Told:
        return self._told.get(timeout=20)

    @property
    def silent(self) -> bool:
        return self._told.empty()

    def steps(self, n: int = 1) -> dict[int, list[Step]]:
        """Of all sequences, to their ends."""
        steps: dict[int, list[Step]] = {index: [] for index in range(n)}
        while not all(own and own[-1].finish_reason for own in steps.values()):
            index, step = self.next()
            assert isinstance(step, Step), step
            steps[index].append(step)
        return steps

    def lost(self) -> bool:
        """Whether the end comes, after whatever was written."""
        while True:
            index, step = self.next()
            if isinstance(step, EngineLost):
                return index == -1


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(ToldBatch)
    yield worker
    worker.close()


def _until(holds: Callable[[], bool]) -> None:
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.01)


def _process(worker: Worker) -> int:
    return Heard(worker).steps()[0][0].tokens[2]


def _alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_request_is_written_in_another_process(worker: Worker) -> None:
    steps = Heard(worker, tokens=3).steps()[0]
    assert [step.finish_reason for step in steps] == [None, None, "length"]
    assert {step.tokens[2] for step in steps}.isdisjoint({os.getpid()})


def test_the_first_sequence_reads_the_prompt_and_the_others_join_it(worker: Worker) -> None:
    added = [own[0].tokens[1] for own in Heard(worker, n=3).steps(3).values()]
    assert added[0] < added[1] == added[2]


def test_the_seeds_of_a_request_follow_each_other(worker: Worker) -> None:
    def seeds(**asked: int | None) -> list[int]:
        return [own[0].tokens[0] for own in Heard(worker, n=3, **asked).steps(3).values()]  # type: ignore[arg-type]

    assert seeds(seed=5) == seeds(seed=5) == [5, 6, 7]
    assert seeds(seed=2**31 - 1) == [2**31 - 1, 0, 1]
    assert seeds(seed=None) != seeds(seed=None)


def test_a_cancelled_request_leaves_and_others_stay(worker: Worker) -> None:
    endless, other = Heard(worker, ENDLESS, n=2), Heard(worker, ENDLESS)
    for _ in range(3):
        endless.next()
    worker.cancel(endless.key)
    worker.cancel(endless.key)
    # Once a later request has been answered, what the batch had still told of the cancelled one is here.
    Heard(worker).steps()
    while not endless.silent:
        endless.next()
    Heard(worker).steps()
    assert endless.silent
    assert isinstance(other.next()[1], Step)


def _raise(worker: Worker) -> None:
    Heard(worker, RAISE)


def _exhaust(worker: Worker) -> None:
    Heard(worker, EXHAUST)


def _kill(worker: Worker) -> None:
    os.kill(_process(worker), signal.SIGKILL)


@pytest.mark.parametrize("end", [_raise, _exhaust, _kill])
def test_whatever_ends_the_process_another_one_serves_the_next(
    worker: Worker, end: Callable[[Worker], None], capfd: pytest.CaptureFixture[str]
) -> None:
    process, running = _process(worker), Heard(worker, ENDLESS, n=2)
    running.next()
    end(worker)
    assert running.lost()
    # Accepted while the next one loads.
    assert _process(worker) != process
    _until(lambda: worker.ready)
    assert not psutil.pid_exists(process)
    assert "parcel" not in capfd.readouterr().err


def test_it_is_not_ready_until_one_loads_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = tmp_path / "broken"
    worker = Worker(partial(ToldBatch, "no weights", str(broken)))
    try:
        assert worker.ready
        broken.touch()
        _kill(worker)
        _until(lambda: "did not load again: no weights" in caplog.text)
        assert not worker.ready
        broken.unlink()
        _until(lambda: worker.ready)
        Heard(worker).steps()
    finally:
        worker.close()


def test_closing_while_nothing_loads_starts_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = tmp_path / "broken"
    worker = Worker(partial(ToldBatch, "no weights", str(broken)))
    broken.touch()
    _kill(worker)
    _until(lambda: "did not load again" in caplog.text)
    worker.close()
    _until(lambda: not _batches())


def _batches() -> list[psutil.Process]:
    """This process's children that run a batch, dead ones that nobody has asked for too."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.status() == psutil.STATUS_ZOMBIE or "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_a_batch_that_cannot_be_made_says_why_and_leaves_nothing() -> None:
    with pytest.raises(RuntimeError, match=r"^no weights$"):
        Worker(partial(ToldBatch, "no weights\nand more"))
    assert not _batches()


def test_a_process_that_ends_while_loading_is_said() -> None:
    with pytest.raises(RuntimeError, match="ended while loading"):
        Worker(partial(os._exit, 3))  # type: ignore[arg-type]
    assert not _batches()


def test_closing_ends_the_process_though_it_writes() -> None:
    worker = Worker(ToldBatch)
    process, running = _process(worker), Heard(worker, ENDLESS)
    running.next()
    worker.close()
    assert not psutil.pid_exists(process)
    assert not _batches()
    worker.close()


_PARENT = """
import sys, time
from model.engines import Sampling
from model.engines.worker import Worker, Writing
from tests.model.told_batch import ENDLESS, ToldBatch
worker = Worker(ToldBatch)
told = []
worker.start(Writing([ENDLESS], 1, 1, Sampling()), lambda index, step: told.append(step))
while not told:
    time.sleep(0.01)
print(told[0].tokens[2], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed"])
def test_the_process_ends_with_the_one_that_started_it(killed: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdin
            assert parent.stdout
            process = int(parent.stdout.readline())
            assert _alive(process)
            if killed:
                parent.kill()
            parent.stdin.close()
            assert parent.wait(20) == (-signal.SIGKILL if killed else 0)
        finally:
            parent.kill()
    _until(lambda: not _alive(process))


def test_after_memory_ran_out_fewer_run_at_once(worker: Worker, tmp_path: Path) -> None:
    async def lose_one() -> int:
        model = ChatModel(
            "writer", worker, told_tokenizer(tmp_path), Metrics(), context=4096, places=4, waiting=4
        )
        asked = ChatRequest.model_validate({"messages": [{"role": "user", "content": "tea"}]})
        with pytest.raises(EngineLost):
            async for _ in model.write(asked, [EXHAUST], math.inf):
                pass
        one = Demand(1, 1, 1.0)
        async with model.admission.held(one), model.admission.held(one):
            third = asyncio.create_task(_hold(model, one))
            await asyncio.sleep(0)
            waiting = model.admission.waiting
        await third
        return waiting

    assert asyncio.run(lose_one()) == 1


async def _hold(model: ChatModel, demand: Demand) -> None:
    async with model.admission.held(demand):
        pass
