"""A batch in a process of its own, and the thread on this side that hears from it.

The libraries under a batch hold Python's lock while they compute; apart, they never hold up the server, and
what ends them (a fault in native code, memory running out) ends one process, which is started again.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from time import sleep
from typing import Any, Protocol

from . import Batch, Sampling, Step

_log = logging.getLogger("model")
_SEEDS = 2**31
MakeBatch = Callable[[], Batch]


@dataclass(frozen=True)
class Writing:
    """Sequences that continue the same prompt; each seed is one more than the one before."""

    prompt: Sequence[int]
    n: int
    max_tokens: int
    sampling: Sampling


class EngineLost(Exception):
    """The batch ended while this was being written; another one is starting."""


class EngineRefused(Exception):
    """The engine cannot hold a text to this schema; the message says why."""


# What is told of a request: the sequence's index and its step; or, at index -1, why it all ended.
Outcome = Step | EngineRefused | EngineLost
Deliver = Callable[[int, Outcome], None]


class Engine(Protocol):
    """Writes texts in one running batch. Safe to call from several threads."""

    @property
    def ready(self) -> bool:
        """False while the batch is being loaded again."""
        ...

    def start(self, writing: Writing, deliver: Deliver) -> int:
        """Let a request join the batch. `deliver` is called from another thread. Gives a key to cancel by."""
        ...

    def cancel(self, key: int) -> None:
        """Let a request leave the batch, if it is still there. Nothing more is delivered of it."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...


class Worker:
    """Implements Engine. Sends requests to the batch's process and delivers what comes back."""

    def __init__(self, make: MakeBatch) -> None:
        """Starts the process and waits until the batch is loaded.

        Args:
            make: makes the batch; a module-level callable or partial, since it travels to the process.

        Raises:
            RuntimeError: it could not be made; the message is the reason.
        """
        self._make = make
        # Held while something is sent, too: a pipe takes one message at a time.
        self._lock = threading.Lock()
        self._running: dict[int, Deliver] = {}
        self._next = 0
        self._closed = False
        self._loaded = threading.Event()
        # Else multiprocessing would wait at exit for a process that nothing ends.
        atexit.register(self.close)
        self._start()
        try:
            self._wait_loaded()
        except RuntimeError:
            self.close()
            raise
        self._listening = threading.Thread(target=self._listen, daemon=True, name="worker")
        self._listening.start()

    @property
    def ready(self) -> bool:
        """See Engine."""
        return self._loaded.is_set()

    def start(self, writing: Writing, deliver: Deliver) -> int:
        """See Engine."""
        with self._lock:
            key = self._next
            self._next += 1
            self._running[key] = deliver
            # If it has just died, the listening thread tells everyone.
            with contextlib.suppress(OSError):
                self._connection.send((key, writing))
        return key

    def cancel(self, key: int) -> None:
        """See Engine."""
        with self._lock:
            if self._running.pop(key, None) is not None:
                with contextlib.suppress(OSError):
                    self._connection.send((key, None))

    def close(self) -> None:
        """See Engine. The process ends, within its step or after two seconds."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # Closing this end would not reach the process: the listening thread still reads from it.
            with contextlib.suppress(OSError):
                self._connection.send(None)
        self._process.join(2)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        atexit.unregister(self.close)

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._connection, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_run, args=(theirs, self._make), daemon=True, name="batch")
        self._process.start()
        theirs.close()

    def _wait_loaded(self) -> None:
        try:
            said: tuple[Any, ...] = self._connection.recv()
        except (EOFError, OSError):
            said = ("failed", "its process ended while loading")
        if said[0] != "loaded":
            raise RuntimeError(said[1])
        self._loaded.set()

    def _listen(self) -> None:
        while True:
            try:
                told: list[tuple[int, int, Outcome]] = self._connection.recv()
            except (EOFError, OSError, TypeError):  # TypeError: closed while it was being read
                self._begin_again()
                if self._closed:
                    return
                continue
            for key, index, step in told:
                with self._lock:
                    deliver = self._running.get(key)
                if deliver:
                    deliver(index, step)

    def _begin_again(self) -> None:
        """The process has gone: everyone hears of it, and another is started until one loads."""
        self._loaded.clear()
        self._process.join()
        if not self._closed:
            _log.error("the batch's process ended (%s); starting another", self._process.exitcode)
        while True:
            with self._lock:
                lost, self._running = self._running, {}
                if not self._closed:
                    self._start()
            for deliver in lost.values():
                deliver(-1, EngineLost())
            if self._closed:
                return
            try:
                self._wait_loaded()
            except RuntimeError as error:
                self._process.join()
                if not self._closed:
                    _log.error("the batch did not load again: %s", error)
                    sleep(1)
            else:
                return


def _run(connection: Connection, make: MakeBatch) -> None:
    """The process: loads the batch, then steps it as long as there is something to write."""
    # Whoever started the server ends it; this ends with it, when the pipe closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        batch = make()
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        connection.send(("failed", reason.splitlines()[0]))
        return
    connection.send(("loaded",))
    requests = _Requests(batch)
    try:
        while True:
            while connection.poll(None if requests.idle else 0):
                said = connection.recv()
                if said is None:
                    return
                key, writing = said
                if writing is None:
                    requests.cancel(key)
                else:
                    try:
                        requests.start(key, writing)
                    except ValueError as error:
                        connection.send([(key, -1, EngineRefused(str(error)))])
            connection.send(requests.step())
    except (EOFError, OSError):
        return  # the server has gone
    except BaseException as error:
        # Its message may quote the request; its kind does not.
        _log.critical("%s in the batch", type(error).__name__)
        os._exit(70)


class _Requests:
    """Requests to sequences. The first of a request reads the prompt; the others join when it is cached."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._sequences: dict[int, tuple[int, int]] = {}  # the batch's key -> request, index
        self._waiting: dict[int, Writing] = {}  # request -> what its other sequences are to write
        self._next = 0

    @property
    def idle(self) -> bool:
        return not self._sequences

    def start(self, request: int, writing: Writing) -> None:
        if writing.sampling.seed is None:
            seed = random.randrange(_SEEDS)  # noqa: S311  (variety, not secrecy)
            writing = replace(writing, sampling=replace(writing.sampling, seed=seed))
        self._add(request, 0, writing)
        if writing.n > 1:
            self._waiting[request] = writing

    def cancel(self, request: int) -> None:
        self._waiting.pop(request, None)
        for key in [key for key, (of, _) in self._sequences.items() if of == request]:
            del self._sequences[key]
            self._batch.cancel(key)

    def step(self) -> list[tuple[int, int, Step]]:
        told = []
        for key, step in self._batch.step().items():
            request, index = self._sequences[key]
            told.append((request, index, step))
            if step.finish_reason:
                del self._sequences[key]
            writing = self._waiting.pop(request, None)
            if writing:
                for other in range(1, writing.n):
                    self._add(request, other, writing)
        return told

    def _add(self, request: int, index: int, writing: Writing) -> None:
        assert writing.sampling.seed is not None
        seed = (writing.sampling.seed + index) % _SEEDS
        sampling = replace(writing.sampling, seed=seed)
        self._batch.add(self._next, writing.prompt, writing.max_tokens, sampling)
        self._sequences[self._next] = request, index
        self._next += 1
