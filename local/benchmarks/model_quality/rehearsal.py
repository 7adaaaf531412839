"""Each candidate judged as if it had been the only one, by the very function it was written for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shopwright.errors import ModelError
from shopwright.ports import Candidate, Embedded, LanguageModel, Message

T = TypeVar("T")


class ModelFailed(RuntimeError):
    """The model gave no answer at all: there is nothing to judge, and a fallback is not its text."""


@dataclass(frozen=True)
class Heard(Generic[T]):
    """What a function made of all candidates together, and of each alone (none: it did not ask)."""

    together: T
    alone: list[T]


class Rehearsal:
    """Implements ports.LanguageModel: asks the model behind it with a fixed seed, or says what it is told.

    Functions fall back when the model fails, so that a failure is remembered here and raised by `hear`.

    Args:
        model: the one to judge.
        seed: with the messages it makes the seed of each call, unless the function sets its own.
    """

    def __init__(self, model: LanguageModel, seed: int) -> None:
        self._model = model
        self._seed = seed
        self._told: list[Candidate] | None = None
        self._written: list[Candidate] = []
        self._failure: ModelError | None = None
        self._queries: dict[tuple[str, ...], Embedded] = {}

    def hear(self, function: Callable[[], T]) -> Heard[T]:
        """Run the function with the model's candidates, then with each of them alone.

        Raises:
            ModelFailed: if the model gave none, or no vectors.
        """
        self._written, self._told, self._failure = [], None, None
        try:
            together = function()
        except ModelError as error:
            raise ModelFailed(_why(error)) from error
        if self._failure:
            raise ModelFailed(_why(self._failure)) from self._failure
        return Heard(together, [self._with([candidate], function) for candidate in self._written])

    def told(self, text: str, function: Callable[[], T]) -> T:
        """Run the function as if the model had written that text."""
        return self._with([Candidate(text, complete=True)], function)

    def _with(self, candidates: list[Candidate], function: Callable[[], T]) -> T:
        self._told = candidates
        try:
            return function()
        finally:
            self._told = None

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_tokens: int = 128,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> list[Candidate]:
        """See ports.LanguageModel."""
        if self._told is not None:
            return self._told
        try:
            self._written = self._model.generate(
                messages,
                n=n,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed_of(self._seed, messages) if seed is None else seed,
            )
        except ModelError as error:
            self._failure = error
            raise
        return self._written

    def embed_queries(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel. Kept, since each candidate's turn asks again."""
        key = tuple(texts)
        if key not in self._queries:
            self._queries = {key: self._embedded(self._model.embed_queries, texts)}
        return self._queries[key]

    def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """See ports.LanguageModel."""
        return self._embedded(self._model.embed_passages, texts)

    def _embedded(self, embed: Callable[[Sequence[str]], Embedded], texts: Sequence[str]) -> Embedded:
        try:
            return embed(texts)
        except ModelError as error:
            self._failure = error
            raise


def _why(error: ModelError) -> str:
    cause = f": {error.__cause__}" if error.__cause__ else ""
    return f"{error}{cause}"


def seed_of(seed: int, messages: Sequence[Message]) -> int:
    """A seed that depends on what is asked, not on what was asked before: tasks may run in any order."""
    said = json.dumps([seed, *([message.role, message.content] for message in messages)])
    return int(hashlib.sha256(said.encode()).hexdigest()[:7], 16)
