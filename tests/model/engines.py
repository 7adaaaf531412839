"""Engines that answer what a test tells them to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from model.engines import Rows, Step
from model.engines.worker import Deliver, EngineLost, Writing
from model.metrics import Metrics
from model.tokens import ChatTokenizer
from model.writing import ChatModel
from tests.model.tiny import byte_tokens, tiny_tokenizer

Say = Callable[[int, Step | EngineLost], None]
Script = Callable[[Writing, Say], None]


def part(text: str) -> Step:
    """Some of a sequence, a token a byte."""
    tokens = byte_tokens(text)
    return Step(tokens, [-0.5] * len(tokens))


END = Step([], [], "stop")


def yes(writing: Writing, say: Say) -> None:
    """Every sequence is "yes"."""
    for index in range(writing.n):
        say(index, part("ye"))
        say(index, part("s"))
        say(index, END)


class ToldEngine:
    """Implements engines.worker.Engine: runs a script in a thread of its own for every request."""

    def __init__(self, script: Script = yes) -> None:
        self.ready = True
        self.script = script
        self.asked: list[Writing] = []
        self.closed = threading.Event()
        self.refuses: Exception | None = None
        self._running: set[int] = set()

    def start(self, writing: Writing, deliver: Deliver) -> int:
        if self.refuses:
            raise self.refuses
        key = len(self.asked)
        self.asked.append(writing)
        self._running.add(key)

        def say(index: int, step: Step | EngineLost) -> None:
            if key in self._running:
                deliver(index, step)

        def write() -> None:
            try:
                self.script(writing, say)
            except Exception:
                say(-1, EngineLost())  # else the test would wait for ever
                raise

        threading.Thread(target=write, daemon=True).start()
        return key

    @property
    def running(self) -> int:
        """Requests that were not cancelled; the server cancels those that have ended too."""
        return len(self._running)

    def cancel(self, key: int) -> None:
        self._running.discard(key)

    def close(self) -> None:
        self.closed.set()


class ToldEmbeddings:
    """An embedding engine that gives fixed vectors."""

    concurrency = 1

    def __init__(self, vectors: list[list[float]], tokens: int = 1) -> None:
        self.dimensions = len(vectors[0])
        self.asked: list[str] = []
        self._embeddings = Rows(vectors, [tokens] * len(vectors))

    def embed(self, texts: Sequence[str]) -> Rows:
        self.asked.extend(texts)
        return self._embeddings


def told_tokenizer(folder: Path) -> ChatTokenizer:
    """A real one, whose tokens are bytes."""
    return ChatTokenizer(str(tiny_tokenizer(folder)))


def told_model(
    name: str,
    engine: ToldEngine,
    tokenizer: ChatTokenizer,
    metrics: Metrics,
    *,
    places: int = 8,
    waiting: int = 4,
    context: int = 4096,
) -> ChatModel:
    """A chat model over a told engine."""
    return ChatModel(name, engine, tokenizer, metrics, context=context, places=places, waiting=waiting)
