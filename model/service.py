"""Requests to engines and back: each kind in its own bounded queue, off the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .contract import (
    AnswerMessage,
    ChatRequest,
    ChatResponse,
    ChatUsage,
    Choice,
    Embedding,
    EmbeddingsRequest,
    EmbeddingsResponse,
    EmbeddingsUsage,
    Refused,
)
from .engines import EmbeddingEngine, Message, RequestRefused, Sampling, TextEngine

T = TypeVar("T")


class Busy(Exception):
    """The queue is full; nothing was started."""


class Lane:
    """Threads that one engine is called from, and how many requests may wait for them."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threading.Semaphore(threads + waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises Busy at once if the queue is full."""
        if not self._room.acquire(blocking=False):
            raise Busy
        # The place is free when the work ends, not when its caller stops waiting for it.
        future = self._pool.submit(work)
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Forget what waits; what runs comes to its end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Service:
    """One text engine and one embedding engine under the ids that requests and answers carry."""

    def __init__(
        self,
        text_id: str,
        text: TextEngine,
        embedding_id: str,
        embeddings: EmbeddingEngine,
        *,
        waiting: int = 32,
    ) -> None:
        """`waiting`: how many requests of each kind may wait for their engine."""
        self.text_id = text_id
        self.embedding_id = embedding_id
        self._text = text
        self._embeddings = embeddings
        self._writing = Lane("text", text.concurrency, waiting)
        self._embedding = Lane("embeddings", embeddings.concurrency, waiting)

    async def answer(self, request: ChatRequest | EmbeddingsRequest) -> ChatResponse | EmbeddingsResponse:
        """Raises Refused or Busy; anything else is the engine's failure."""
        try:
            if isinstance(request, ChatRequest):
                return await self._chat(request)
            return await self._embed(request)
        except RequestRefused as refusal:
            raise Refused(f"{refusal.field}: {refusal}", refusal.field) from None

    def close(self) -> None:
        """Take no more requests."""
        self._writing.close()
        self._embedding.close()

    async def _chat(self, request: ChatRequest) -> ChatResponse:
        _check_model(request.model, self.text_id)
        messages = [Message(message.role, message.content) for message in request.messages]
        sampling = Sampling(request.temperature, request.top_p, request.seed, tuple(request.stop))
        completion = await self._writing.run(
            lambda: self._text.generate(
                messages, n=request.n, max_tokens=request.max_tokens, sampling=sampling
            )
        )
        written = sum(candidate.tokens for candidate in completion.candidates)
        return ChatResponse(
            id=f"chatcmpl-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=self.text_id,
            choices=[
                Choice(
                    index=index,
                    message=AnswerMessage(content=candidate.text),
                    finish_reason=candidate.finish_reason,
                )
                for index, candidate in enumerate(completion.candidates)
            ],
            usage=ChatUsage(
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=written,
                total_tokens=completion.prompt_tokens + written,
            ),
        )

    async def _embed(self, request: EmbeddingsRequest) -> EmbeddingsResponse:
        _check_model(request.model, self.embedding_id)
        made = await self._embedding.run(lambda: self._embeddings.embed(request.input))
        tokens = sum(made.tokens)
        return EmbeddingsResponse(
            data=[Embedding(index=index, embedding=vector) for index, vector in enumerate(made.vectors)],
            model=self.embedding_id,
            usage=EmbeddingsUsage(prompt_tokens=tokens, total_tokens=tokens),
        )


def _check_model(asked: str | None, served: str) -> None:
    if asked is not None and asked != served:
        raise Refused(f"model: this server has {served} for such requests", "model", code="model_not_found")
