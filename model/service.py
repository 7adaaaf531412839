"""Requests to the models and their answers in the contract's bodies."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

from .admission import too_late
from .contract import (
    AnswerMessage,
    ChatChunk,
    ChatRequest,
    ChatResponse,
    ChatUsage,
    Choice,
    ChunkChoice,
    Delta,
    Embedding,
    EmbeddingsRequest,
    EmbeddingsResponse,
    EmbeddingsUsage,
    EvidenceOdds,
    EvidenceRequest,
    EvidenceResponse,
    Logprobs,
    RecommendationsRequest,
    RecommendationsResponse,
    Refused,
    TokenLogprob,
    in_base64,
)
from .engines import EmbeddingEngine, EvidenceEngine, FinishReason
from .evidence.pages import Page
from .metrics import Metrics
from .microbatching import MicroBatcher
from .recommending import Recommending
from .watching import Watch
from .writing import ChatModel, Logprob

_PAGES = 8  # read at once


@dataclass
class _Candidate:
    text: list[str] = field(default_factory=list)
    logprobs: list[Logprob] = field(default_factory=list)
    finish_reason: FinishReason = "stop"


class Service:
    """Text models, an embedding model, maybe a recommender, under the ids that requests and answers carry."""

    def __init__(
        self,
        texts: Sequence[ChatModel],
        embedding_id: str,
        embeddings: EmbeddingEngine,
        metrics: Metrics,
        *,
        waiting_texts: int = 1024,
        evidence_id: str = "",
        evidence: EvidenceEngine | None = None,
        recommending: Recommending | None = None,
        watch: Watch | None = None,
    ) -> None:
        """
        Args:
            texts: the first is the one that answers where a request names none.
            waiting_texts: how many texts may wait to be embedded.
            evidence: None where there is none, as with other embedding models than the default.
            recommending: None where there is no recommender, nor will be.
            watch: what gives it its recommenders; ended with the service.
        """
        self.metrics = metrics
        self._texts = {model.name: model for model in texts}
        self._default = texts[0]
        self._embedding_id = embedding_id
        self._embeddings = MicroBatcher(
            embeddings.embed,
            waiting_texts=waiting_texts,
            ran=lambda texts, _: metrics.running("embeddings", texts),
        )
        self._evidence_id = evidence_id
        self._evidence: MicroBatcher[Page] | None = None
        if evidence:
            # Pages of a few questions at once: each has many sentences.
            pages = MicroBatcher(
                evidence.read,
                name="evidence",
                batch_texts=_PAGES,
                slice_texts=_PAGES,
                waiting_texts=waiting_texts // 8,
                ran=lambda count, _: metrics.running("evidence", count),
            )
            metrics.watch_queue("evidence", lambda: pages.waiting)
            self._evidence = pages
        self._recommending = recommending
        self._watch = watch
        metrics.watch_queue("text", lambda: sum(model.admission.waiting for model in texts))
        metrics.watch_queue("embeddings", lambda: self._embeddings.waiting)

    @property
    def ids(self) -> list[str]:
        """Of all models: texts, the default first; embeddings; evidence; the recommender once it is there."""
        version = self._recommending.version if self._recommending else None
        evidence = [self._evidence_id] if self._evidence else []
        return [*self._texts, self._embedding_id, *evidence, *([version] if version else [])]

    @property
    def ready(self) -> bool:
        """Whether every engine can be used right now."""
        return all(model.engine.ready for model in self._texts.values())

    async def chat(self, request: ChatRequest, deadline: float) -> ChatResponse:
        """The whole answer. `deadline` is on the monotonic clock.

        Raises:
            Refused, RequestRefused, Busy, DeadlinePassed, EngineLost.
        """
        model, prompt = self._prepare(request)
        candidates = [_Candidate() for _ in range(request.n)]
        written = 0
        async with aclosing(model.write(request, prompt, deadline)) as pieces:
            async for piece in pieces:
                candidate = candidates[piece.index]
                candidate.text.append(piece.text)
                candidate.logprobs += piece.logprobs
                candidate.finish_reason = piece.finish_reason or candidate.finish_reason
                written += piece.tokens
        return ChatResponse(
            id=_id(),
            created=int(time.time()),
            model=model.name,
            choices=[
                Choice(
                    index=index,
                    message=AnswerMessage(content="".join(candidate.text)),
                    logprobs=_logprobs(candidate.logprobs) if request.logprobs else None,
                    finish_reason=candidate.finish_reason,
                )
                for index, candidate in enumerate(candidates)
            ],
            usage=self._usage(prompt, written),
        )

    async def chat_chunks(self, request: ChatRequest, deadline: float) -> AsyncGenerator[ChatChunk]:
        """The answer as it is written. Raises as `chat` does; what refuses does so before the first chunk."""
        model, prompt = self._prepare(request)
        name, created = _id(), int(time.time())
        written = 0
        begun: set[int] = set()
        async with aclosing(model.write(request, prompt, deadline)) as pieces:
            async for piece in pieces:
                written += piece.tokens
                role: Literal["assistant"] | None = None if piece.index in begun else "assistant"
                begun.add(piece.index)
                choice = ChunkChoice(
                    index=piece.index,
                    delta=Delta(role=role, content=piece.text),
                    logprobs=_logprobs(piece.logprobs) if request.logprobs else None,
                    finish_reason=piece.finish_reason,
                )
                yield ChatChunk(id=name, created=created, model=model.name, choices=[choice])
        usage = self._usage(prompt, written)
        if request.stream_options and request.stream_options.include_usage:
            yield ChatChunk(id=name, created=created, model=model.name, choices=[], usage=usage)

    async def embed(self, request: EmbeddingsRequest, deadline: float) -> EmbeddingsResponse:
        """The vectors. Raises Refused or Busy; anything else is the engine's failure."""
        if request.model not in (None, self._embedding_id):
            raise _no_such_model(self._embedding_id)
        _in_time(self._embeddings, len(request.input), deadline)
        made = await self._embeddings.run(request.input)
        tokens = sum(made.tokens)
        self.metrics.tokens("embedding", tokens)
        coded = request.encoding_format == "base64"
        return EmbeddingsResponse(
            data=[
                Embedding(index=index, embedding=in_base64(vector) if coded else vector)
                for index, vector in enumerate(made.rows)
            ],
            model=self._embedding_id,
            usage=EmbeddingsUsage(prompt_tokens=tokens, total_tokens=tokens),
        )

    async def evidence(self, request: EvidenceRequest, deadline: float) -> EvidenceResponse:
        """How likely each sentence answers. Raises as `embed` does; Refused where there is no such model."""
        if self._evidence is None:
            raise Refused("model: this server has none that finds evidence", "model", code="model_not_found")
        if request.model not in (None, self._evidence_id):
            raise _no_such_model(self._evidence_id)
        _in_time(self._evidence, len(request.pages), deadline)
        pages = [Page(request.question, page.title, tuple(page.sentences)) for page in request.pages]
        made = await self._evidence.run(pages)
        tokens = sum(made.tokens)
        self.metrics.tokens("evidence", tokens)
        return EvidenceResponse(
            data=[EvidenceOdds(index=index, log_odds=row) for index, row in enumerate(made.rows)],
            model=self._evidence_id,
            usage=EmbeddingsUsage(prompt_tokens=tokens, total_tokens=tokens),
        )

    async def recommend(self, request: RecommendationsRequest, deadline: float) -> RecommendationsResponse:
        """What comes next. Raises as Recommending does; Refused where there is no recommender."""
        if self._recommending is None:
            raise Refused("model: this server has no recommender", "model", code="model_not_found")
        return await self._recommending.recommend(request, deadline)

    async def close(self) -> None:
        """End the engines."""
        if self._watch:
            self._watch.close()
        if self._recommending:
            self._recommending.close()
        for model in self._texts.values():
            model.engine.close()
        await self._embeddings.close()
        if self._evidence:
            await self._evidence.close()

    def _prepare(self, request: ChatRequest) -> tuple[ChatModel, list[int]]:
        model = self._default if request.model is None else self._texts.get(request.model)
        if model is None:
            raise _no_such_model(", ".join(self._texts))
        return model, model.prompt(request)

    def _usage(self, prompt: Sequence[int], written: int) -> ChatUsage:
        self.metrics.tokens("prompt", len(prompt))
        self.metrics.tokens("completion", written)
        return ChatUsage(
            prompt_tokens=len(prompt), completion_tokens=written, total_tokens=len(prompt) + written
        )


def _in_time(batcher: MicroBatcher[Any], count: int, deadline: float) -> None:
    """Raises Busy where so many texts, or pages, would take longer than there is time."""
    expected, left = batcher.expected_seconds(count), deadline - monotonic()
    if expected > left:
        raise too_late(expected, left, expected)


def _id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


def _logprobs(pieces: Sequence[Logprob]) -> Logprobs:
    return Logprobs(
        content=[
            TokenLogprob(token=one.token, logprob=one.logprob, bytes=list(one.token.encode()))
            for one in pieces
        ]
    )


def _no_such_model(served: str) -> Refused:
    return Refused(f"model: this server has {served} for such requests", "model", code="model_not_found")
