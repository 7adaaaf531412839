"""Engines that answer what a test tells them to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model.engines import Candidate, Completion, Embeddings, Message, Sampling


class ToldText:
    """A text engine that gives a fixed completion, or runs `instead`, and keeps what it was asked."""

    def __init__(
        self,
        completion: Completion | None = None,
        *,
        concurrency: int = 1,
        instead: Callable[[], None] = lambda: None,
    ) -> None:
        self.concurrency = concurrency
        self.asked: list[tuple[list[Message], int, int, Sampling]] = []
        self._completion = completion or Completion(3, [Candidate("yes", "stop", 2)])
        self._instead = instead

    def generate(
        self, messages: Sequence[Message], *, n: int, max_tokens: int, sampling: Sampling
    ) -> Completion:
        self.asked.append((list(messages), n, max_tokens, sampling))
        self._instead()
        return self._completion


class ToldEmbeddings:
    """An embedding engine that gives fixed vectors."""

    concurrency = 1

    def __init__(self, vectors: list[list[float]], tokens: int = 1) -> None:
        self.dimensions = len(vectors[0])
        self.asked: list[str] = []
        self._embeddings = Embeddings(vectors, [tokens] * len(vectors))

    def embed(self, texts: Sequence[str]) -> Embeddings:
        self.asked.extend(texts)
        return self._embeddings
