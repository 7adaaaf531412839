"""HTTP around the service: SageMaker's container contract, and OpenAI's paths for any other client.

GET  /ping                                200 while every model can be used, 503 before and between
POST /invocations                         chat, embeddings, evidence, recommendations: the body tells which
POST /v1/chat/completions, /v1/embeddings,
     /v1/evidence, /v1/recommendations    the same, one each
GET  /v1/models                           the ids served
GET  /metrics                             for Prometheus
POST /endpoints/{name}/invocations        what boto3's sagemaker-runtime calls when pointed here, and
     /endpoints/{name}/invocations-response-stream

With `stream` the answer comes as server-sent events: a line `data: ` with a chunk each, `data: [DONE]` at the
end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import sagemaker
from .admission import Busy
from .contract import (
    MAX_BODY_BYTES,
    ChatChunk,
    ChatRequest,
    EmbeddingsRequest,
    EvidenceRequest,
    RecommendationsRequest,
    Refused,
    read,
)
from .metrics import CONTENT_TYPE
from .responses import failure, in_json, no_such_route, refused
from .service import Service

_Asked = ChatRequest | EmbeddingsRequest | EvidenceRequest | RecommendationsRequest
# What the metrics call them.
_KINDS: dict[type[_Asked], str] = {
    ChatRequest: "text",
    EmbeddingsRequest: "embeddings",
    EvidenceRequest: "evidence",
    RecommendationsRequest: "recommendations",
}
T = TypeVar("T")


def create_app(
    load: Callable[[], Service],
    *,
    ready: Callable[[Service], None] = lambda _: None,
    failed: Callable[[BaseException], None] = lambda _: None,
    abandoned: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application. It answers /ping with 503 while `load` runs in a thread of its own.

    Args:
        load: makes the service.
        ready: called with it, once.
        failed: called instead if `load` raised.
        abandoned: called if the server ends before either. When it returns, `load` is waited for.
    """
    house = _House()

    async def fill() -> None:
        try:
            house.service = await asyncio.to_thread(load)
        except Exception as error:
            failed(error)
        else:
            ready(house.service)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        filling = asyncio.create_task(fill())
        yield
        if not filling.done():
            abandoned()
        filling.cancel()
        if house.service:
            await house.service.close()

    return Starlette(
        routes=[
            Route("/ping", house.ping),
            Route("/metrics", house.metrics),
            Route("/v1/models", house.models),
            Route("/invocations", house.invocations, methods=["POST"]),
            Route("/endpoints/{name}/invocations", house.endpoint, methods=["POST"]),
            Route("/endpoints/{name}/invocations-response-stream", house.endpoint_stream, methods=["POST"]),
            Route("/v1/chat/completions", house.chat, methods=["POST"]),
            Route("/v1/embeddings", house.embeddings, methods=["POST"]),
            Route("/v1/evidence", house.evidence, methods=["POST"]),
            Route("/v1/recommendations", house.recommendations, methods=["POST"]),
        ],
        exception_handlers={HTTPException: no_such_route},
        lifespan=lifespan,
    )


class _House:
    """The routes, and the service once it is there."""

    def __init__(self) -> None:
        self.service: Service | None = None

    async def ping(self, _: Request) -> Response:
        return Response(status_code=200 if self.service and self.service.ready else 503)

    async def metrics(self, _: Request) -> Response:
        if self.service is None:
            return Response(status_code=503)
        return Response(self.service.metrics.text(), media_type=CONTENT_TYPE)

    async def models(self, _: Request) -> Response:
        ids = self.service.ids if self.service else []
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "shopwright"} for name in ids]
        return JSONResponse({"object": "list", "data": rows})

    async def invocations(self, request: Request) -> Response:
        return await self._answer(request, *_KINDS)

    async def endpoint(self, request: Request) -> Response:
        return sagemaker.as_invoke_endpoint(await self._answer(request, *_KINDS))

    async def endpoint_stream(self, request: Request) -> Response:
        return sagemaker.as_response_stream(await self._answer(request, *_KINDS))

    async def chat(self, request: Request) -> Response:
        return await self._answer(request, ChatRequest)

    async def embeddings(self, request: Request) -> Response:
        return await self._answer(request, EmbeddingsRequest)

    async def evidence(self, request: Request) -> Response:
        return await self._answer(request, EvidenceRequest)

    async def recommendations(self, request: Request) -> Response:
        return await self._answer(request, RecommendationsRequest)

    async def _answer(self, request: Request, *kinds: type[_Asked]) -> Response:
        if self.service is None:
            return refused(503, "the models are still loading", "server_error", headers={"Retry-After": "1"})
        kind = "unknown"
        try:
            asked = read(await _body(request), *kinds)
            kind = _KINDS[type(asked)]
            answer = await _unless_gone(request, _respond(self.service, request, asked))
        except Exception as error:
            answer = failure(error)
            if isinstance(error, Busy):
                self.service.metrics.rejected(error.reason)
        self.service.metrics.answered(kind, answer.status_code)
        return answer


async def _respond(service: Service, request: Request, asked: _Asked) -> Response:
    deadline = sagemaker.deadline(request.headers)
    if isinstance(asked, EmbeddingsRequest):
        return in_json(await service.embed(asked, deadline))
    if isinstance(asked, EvidenceRequest):
        return in_json(await service.evidence(asked, deadline))
    if isinstance(asked, RecommendationsRequest):
        return in_json(await service.recommend(asked, deadline))
    adapter = request.headers.get(sagemaker.ADAPTER)
    if asked.model is None and adapter:
        asked = asked.model_copy(update={"model": adapter})
    if not asked.stream:
        return in_json(await service.chat(asked, deadline))
    chunks = service.chat_chunks(asked, deadline)
    try:
        # Waited for, so that what is refused still gets its own status.
        first = await anext(chunks)
    except BaseException:
        await chunks.aclose()
        raise
    return _ServerSent(first, chunks)


class _ServerSent(StreamingResponse):
    """The chunks as events. However it ends, before its first byte too, the place in the batch is freed."""

    def __init__(self, first: ChatChunk, chunks: AsyncGenerator[ChatChunk]) -> None:
        super().__init__(self._events(first, chunks), media_type="text/event-stream")
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().__call__(scope, receive, send)

    @staticmethod
    async def _events(first: ChatChunk, chunks: AsyncGenerator[ChatChunk]) -> AsyncIterator[bytes]:
        yield _event(first)
        try:
            async for chunk in chunks:
                yield _event(chunk)
        except Exception as error:
            # The status has long been sent: the stream says it, and ends without [DONE].
            yield b"data: " + bytes(failure(error).body) + b"\n\n"
        else:
            yield b"data: [DONE]\n\n"


def _event(chunk: ChatChunk) -> bytes:
    left_out = None if chunk.usage else {"usage"}
    return b"data: " + chunk.model_dump_json(exclude=left_out).encode() + b"\n\n"


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. It is cancelled, and its place freed, when the client hangs up."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(request.receive())  # after the body only the end can come
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _body(request: Request) -> bytes:
    too_large = Refused(f"the body is larger than {MAX_BODY_BYTES} bytes", status=413, code="body_too_large")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    return bytes(body)
