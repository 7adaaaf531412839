"""What the server asks of whatever runs the weights.

`openvino_text.py` and `openvino_embeddings.py` run them on a processor, `transformers_text.py` and
`transformers_embeddings.py` on a GPU, and whatever else transformers can load. Each is imported only when its
model is chosen. Text engines are batches that sequences join and leave; each runs in a process of its own
(`worker.py`), so that the arithmetic of one never holds up the server. The recommender is trained by
`model/recommender/`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from . import threads  # noqa: F401  (before any library that loads OpenMP)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..evidence.pages import Page

FinishReason = Literal["stop", "length"]

# What the OpenAI bodies have no field for. Small models wander without them; the same in every engine.
TOP_K = 40
MIN_P = 0.05


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token. `temperature` 0 is greedy; the text has to fit the JSON `schema`.

    `logprobs`: whether somebody wants to know each token's log probability.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    schema: str | None = None
    logprobs: bool = False


@dataclass(frozen=True)
class Step:
    """What one step of the batch gave one sequence: tokens, their log probabilities, and the end if it came.

    Log probabilities that were not asked for mean nothing. An end token is counted but not among `tokens`'
    text: the tokenizer leaves special tokens out.
    """

    tokens: list[int]
    logprobs: list[float]
    finish_reason: FinishReason | None = None


class Batch(Protocol):
    """Sequences that are written together, a token each at every step. Used from one thread."""

    def add(self, key: int, prompt: Sequence[int], max_tokens: int, sampling: Sampling) -> None:
        """Let a sequence join. `key` is the caller's; it names the sequence until its end."""
        ...

    def cancel(self, key: int) -> None:
        """Let a sequence leave, and its memory with it. Nothing more is told of it."""
        ...

    def step(self) -> dict[int, Step]:
        """Compute one step, and what it gave, by key. Any exception is the end of the whole batch."""
        ...


@dataclass(frozen=True)
class Rows:
    """For each text, or page, in order, the numbers it was asked for, and how many tokens of it were read."""

    rows: list[list[float]]
    tokens: list[int]


class EmbeddingEngine(Protocol):
    """Turns texts into vectors. Safe to call from several threads; `concurrency` calls at once pay."""

    concurrency: int
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Rows:
        """Vectors of length 1. Prefixes that the model wants are the caller's to put before them."""
        ...


class EvidenceEngine(Protocol):
    """Tells which sentences answer. Called from one thread at a time."""

    def read(self, pages: Sequence[Page]) -> Rows:
        """Of each page, for each of its sentences, the logarithm of the odds that it answers the question."""
        ...


@dataclass(frozen=True)
class Suggestion:
    """A product that may be next. `score` in (0, 1) is its probability among all candidates.

    `because`: of the latest products of the history, as many as were asked for: how much of the score goes if
    that product is taken out.
    """

    product_id: str
    score: float
    because: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Suggestions:
    """Best first. `known` is how many products of the history the engine knows."""

    products: list[Suggestion]
    known: int


class RecommenderEngine(Protocol):
    """Tells what comes next in a history. Safe to call from several threads."""

    @property
    def version(self) -> str: ...

    @property
    def dimensions(self) -> int:
        """Of the text embeddings that it was trained with; 0 if with none."""
        ...

    @property
    def embedding_model(self) -> str:
        """Id of the model that made those; empty if there were none."""
        ...

    def best(
        self,
        history: Sequence[str],
        *,
        limit: int,
        exclude: Collection[str] = (),
        arrivals: Mapping[str, NDArray[np.float32]] | None = None,
        explain: int = 0,
    ) -> Suggestions:
        """The best products to come after a history, oldest first.

        Args:
            limit: how many at most.
            exclude: products that are not wanted.
            arrivals: vectors, each (dimensions,), of products that came after the training.
            explain: of how many of the latest products of the history to tell what they add.
        """
        ...
